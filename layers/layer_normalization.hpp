// LayerNormalization: each sample for itself, with mean 0 and variance 1.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// The entries along `axis` are moved and scaled to mean 0 and variance 1, then by what the layer learns:
///
///     y = (x - mean) / sqrt(variance + epsilon) * gamma + beta          mean and variance over `axis`
///
/// x: any shape; y: the same. gamma, beta: the lengths of the axes, in the order in which they were given.
/// For example x (32, 10, 8) with axis = -1 has gamma (8,), with axis = {1, 2} gamma (10, 8).
///
/// rms_scaling: y = x / sqrt(variance + epsilon) * gamma, and center and scale are ignored. Keras 3 keeps this for old
/// models and recommends RMSNormalization; TensorFlow 2.4 does not have it.
/// Throws ValueError for an axis that is not there or is given twice, and for axes of unknown length.
/// https://keras.io/api/layers/normalization_layers/layer_normalization/
/// Ba, Kiros and Hinton, "Layer Normalization", 2016.
class LayerNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "LayerNormalization";
  struct Config {
    Axes axis = -1;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    bool rms_scaling = false;
    Initializer beta_initializer = "zeros";
    Initializer gamma_initializer = "ones";
    Regularizer beta_regularizer = {};
    Regularizer gamma_regularizer = {};
    Constraint beta_constraint = {};
    Constraint gamma_constraint = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"axis", &C::axis, "The axis or axes that are normalized together."},
              Field{"epsilon", &C::epsilon, "Added to the variance."},
              Field{"center", &C::center, "Whether to add beta."},
              Field{"scale", &C::scale, "Whether to multiply by gamma."},
              Field{"rms_scaling", &C::rms_scaling, "Whether to divide only, for old models."},
              Field{"beta_initializer", &C::beta_initializer, "First values of beta."},
              Field{"gamma_initializer", &C::gamma_initializer, "First values of gamma."},
              Field{"beta_regularizer", &C::beta_regularizer, "Penalty on beta."},
              Field{"gamma_regularizer", &C::gamma_regularizer, "Penalty on gamma."},
              Field{"beta_constraint", &C::beta_constraint, "Projection of beta after each update."},
              Field{"gamma_constraint", &C::gamma_constraint, "Projection of gamma after each update."},
          });
    }
  };

  explicit LayerNormalization(Config config);
  LayerNormalization();

  const Config& config() const { return config_; }
  const Variable& gamma() const { return gamma_; }
  const Variable& beta() const { return beta_; }

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

 private:
  bool has_gamma() const { return config_.scale || config_.rms_scaling; }
  bool has_beta() const { return config_.center && !config_.rms_scaling; }

  Config config_;
  Variable gamma_, beta_;
};

}  // namespace xtape
