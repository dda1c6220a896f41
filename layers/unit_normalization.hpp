// UnitNormalization: vectors of length 1.
#pragma once
#include <optional>
#include <string>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// The entries along `axis` are divided by their Euclidean length:
///
///     y = x / sqrt(sum(x^2))          the sum over `axis`
///
/// x: any shape; y: the same. Vectors shorter than 1e-12 are divided by 1e-12, so that 0 stays 0.
/// Throws ValueError for an axis that is not there or is given twice. Not in TensorFlow 2.4.
/// https://keras.io/api/layers/normalization_layers/unit_normalization/
class UnitNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "UnitNormalization";
  struct Config {
    Axes axis = -1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(
          common_fields<C>(), std::tuple{
                                  Field{"axis", &C::axis, "The axis or axes that a vector lies along."},
                              });
    }
  };

  explicit UnitNormalization(Config config);
  UnitNormalization();

  const Config& config() const { return config_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;
  bool supports_masking() const override { return true; }

 private:
  Config config_;
};

}  // namespace xtape
