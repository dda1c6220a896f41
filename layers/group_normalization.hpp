// GroupNormalization: groups of channels, each with mean 0 and variance 1 in every sample.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// The channels fall into groups of neighbours. Within each sample, all entries of a group are moved and scaled to mean 0
/// and variance 1, then each channel by what the layer learns:
///
///     y = (x - mean) / sqrt(variance + epsilon) * gamma + beta          mean and variance of the sample's group
///
/// x: (batch, ...) with the channels on `axis`; y: the same shape. gamma, beta: (channels,).
/// One group is a LayerNormalization over all axes, but for gamma and beta; groups = -1 makes each channel a group of its
/// own (instance normalization).
/// Throws ValueError unless the groups divide the channels, whose number must be known. Not in TensorFlow 2.4.
/// https://keras.io/api/layers/normalization_layers/group_normalization/
/// Wu and He, "Group Normalization", 2018.
class GroupNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "GroupNormalization";
  struct Config {
    Index groups = 32;
    Index axis = -1;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
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
              Field{"groups", &C::groups, "How many; -1: as many as channels."},
              Field{"axis", &C::axis, "Where the channels are."},
              Field{"epsilon", &C::epsilon, "Added to the variance."},
              Field{"center", &C::center, "Whether to add beta."},
              Field{"scale", &C::scale, "Whether to multiply by gamma."},
              Field{"beta_initializer", &C::beta_initializer, "First values of beta."},
              Field{"gamma_initializer", &C::gamma_initializer, "First values of gamma."},
              Field{"beta_regularizer", &C::beta_regularizer, "Penalty on beta."},
              Field{"gamma_regularizer", &C::gamma_regularizer, "Penalty on gamma."},
              Field{"beta_constraint", &C::beta_constraint, "Projection of beta after each update."},
              Field{"gamma_constraint", &C::gamma_constraint, "Projection of gamma after each update."},
          });
    }
  };

  /// Throws ValueError unless groups is positive or -1.
  explicit GroupNormalization(Config config);
  GroupNormalization();

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
  bool supports_masking() const override { return true; }

 private:
  /// The channels' axis, counted from the front. Throws ValueError for that of the samples.
  Index channels_axis_of(const Shape& input_shape) const;

  Config config_;
  Variable gamma_, beta_;
};

}  // namespace xtape
