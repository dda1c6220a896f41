// RMSNormalization: each sample divided by its root mean square.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// The entries along `axis` are divided by their root mean square, then multiplied by what the layer learns:
///
///     y = x / sqrt(mean(x^2) + epsilon) * scale          the mean over `axis`
///
/// x: any shape; y: the same. scale: the lengths of the axes in ascending order, ones at first. scale always lies along
/// `axis`; Keras 3 lets it broadcast from the last axis and cannot serve all others.
/// Throws ValueError for an axis that is not there or is given twice, and for axes of unknown length. Not in TensorFlow 2.4.
/// https://keras.io/api/layers/normalization_layers/rms_normalization/
/// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
class RMSNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "RMSNormalization";
  struct Config {
    Axes axis = -1;
    double epsilon = 1e-6;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(
          common_fields<C>(), std::tuple{
                                  Field{"axis", &C::axis, "The axis or axes that are normalized together."},
                                  Field{"epsilon", &C::epsilon, "Added to the mean square."},
                              });
    }
  };

  explicit RMSNormalization(Config config);
  RMSNormalization();

  const Config& config() const { return config_; }
  const Variable& scale() const { return scale_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  std::vector<Index> axes_for(const Shape& input_shape) const;

  Config config_;
  Variable scale_;
};

}  // namespace xtape
