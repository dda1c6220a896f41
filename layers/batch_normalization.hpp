// BatchNormalization: channels with mean 0 and variance 1, taken over the batch.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Bounds of the corrections that batch renormalization makes; absent ones do not bound.
struct RenormClipping {
  std::optional<double> rmax = {}, rmin = {}, dmax = {};

  Json to_json() const;
  /// Throws ValueError for other keys.
  static RenormClipping from_json(const Json& json);
};

/// Each channel is moved and scaled to mean 0 and variance 1, then by what the layer learns:
///
///     y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
///
/// In training mean and variance are those of the batch (over all axes but `axis`, steps under a mask that is false left
/// out), and the moving ones follow them; gradients flow through both:
///
///     moving_mean     = moving_mean     * momentum + mean     * (1 - momentum)
///     moving_variance = moving_variance * momentum + variance * (1 - momentum)
///
/// In inference mean and variance are the moving ones. So they are in training when trainable is false: a frozen
/// BatchNormalization does not change. A training step runs its batch whole, since every output depends on all samples.
///
/// x: any shape; y: the same. gamma, beta, moving_mean, moving_variance: (channels,), the length of `axis`.
///
/// renorm: the batch is normalized as inference would, so that both see the same values (batch renormalization): y becomes
/// (z r + d) * gamma + beta with z as above and corrections r = deviation / renorm_stddev and
/// d = (mean - renorm_mean) / renorm_stddev, held within renorm_clipping, that count as constants. renorm_mean and
/// renorm_stddev follow the batches with renorm_momentum, moving_stddev with momentum; deviation is
/// sqrt(variance + epsilon).
///
/// synchronized asks for the statistics of the batch over all machines. There is one machine here, so it changes nothing.
///
/// TensorFlow 2.4 ignores masks, and its fused kernel lets the moving variance follow n / (n - 1) times the variance; Keras
/// 3 does not, and neither does xtape.
/// https://keras.io/api/layers/normalization_layers/batch_normalization/
/// Ioffe and Szegedy, "Batch Normalization", 2015; Ioffe, "Batch Renormalization", 2017.
class BatchNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "BatchNormalization";
  struct Config {
    Index axis = -1;
    double momentum = 0.99;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    Initializer beta_initializer = "zeros";
    Initializer gamma_initializer = "ones";
    Initializer moving_mean_initializer = "zeros";
    Initializer moving_variance_initializer = "ones";
    Regularizer beta_regularizer = {};
    Regularizer gamma_regularizer = {};
    Constraint beta_constraint = {};
    Constraint gamma_constraint = {};
    bool renorm = false;
    std::optional<RenormClipping> renorm_clipping = {};
    double renorm_momentum = 0.99;
    bool synchronized = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"axis", &C::axis, "Where the channels are."},
              Field{"momentum", &C::momentum, "How much of the moving mean and variance stays in each step."},
              Field{"epsilon", &C::epsilon, "Added to the variance."},
              Field{"center", &C::center, "Whether to add beta."},
              Field{"scale", &C::scale, "Whether to multiply by gamma."},
              Field{"beta_initializer", &C::beta_initializer, "First values of beta."},
              Field{"gamma_initializer", &C::gamma_initializer, "First values of gamma."},
              Field{"moving_mean_initializer", &C::moving_mean_initializer, "First moving means."},
              Field{
                  "moving_variance_initializer", &C::moving_variance_initializer, "First moving variances."},
              Field{"beta_regularizer", &C::beta_regularizer, "Penalty on beta."},
              Field{"gamma_regularizer", &C::gamma_regularizer, "Penalty on gamma."},
              Field{"beta_constraint", &C::beta_constraint, "Projection of beta after each update."},
              Field{"gamma_constraint", &C::gamma_constraint, "Projection of gamma after each update."},
              Field{"renorm", &C::renorm, "Whether to renormalize batches."},
              Field{"renorm_clipping", &C::renorm_clipping, "Bounds of r and d: rmax, rmin, dmax."},
              Field{"renorm_momentum", &C::renorm_momentum,
                  "How much of renorm_mean and renorm_stddev stays in each step."},
              Field{"synchronized", &C::synchronized, "Statistics over all machines; there is one."},
          });
    }
  };

  /// Throws ValueError for bounds of renorm_clipping that contradict each other.
  explicit BatchNormalization(Config config);
  BatchNormalization();

  const Config& config() const { return config_; }
  const Variable& gamma() const { return gamma_; }
  const Variable& beta() const { return beta_; }
  const Variable& moving_mean() const { return moving_mean_; }
  const Variable& moving_variance() const { return moving_variance_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;
  bool supports_masking() const override { return true; }
  bool mixes_samples_itself(bool training) const override { return training && trainable(); }

 private:
  Tensor call_in_training(const Tensor& x, const Tensor& mask) const;
  Tensor call_in_inference(const Tensor& x) const;
  Tensor renormalized(const Tensor& x, const Tensor& mean, const Tensor& variance) const;
  void update_moving(const Tensor& mean, const Tensor& variance) const;

  Config config_;
  Variable gamma_, beta_, moving_mean_, moving_variance_, moving_stddev_, renorm_mean_, renorm_stddev_;
};

}  // namespace xtape
