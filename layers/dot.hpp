// Dot: the products of two inputs, sample by sample, summed along an axis of each.
#pragma once
#include <optional>
#include <string>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, i..., j...] = sum_k a[n, i..., k] * b[n, k, j...], where k runs along axis axes[0] of `a` and axes[1] of `b`, wherever
/// these stand; y is (batch, 1) when no other axis is left.
///
/// (2, 3, 4) and (2, 4, 5) with axes = {2, 1} give (2, 3, 5). One number stands for both axes, negative ones count from the
/// end. With `normalize` the vectors along these axes are divided by their lengths first, so that the product of two vectors
/// is the cosine of their angle. https://keras.io/api/layers/merging_layers/dot/
class Dot final : public Layer {
 public:
  static constexpr std::string_view class_name = "Dot";
  struct Config {
    Axes axes = {};
    bool normalize = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"axes", &C::axes, "The axis of each input, with the batch as axis 0. Required."},
              Field{"normalize", &C::normalize, "Whether vectors are divided by their lengths first."},
          });
    }
  };

  /// Throws ValueError unless axes is one number or two.
  explicit Dot(Config config);

  Tensors compute_mask(const Tensors& /*inputs*/, const Tensors& /*masks*/) const override { return {}; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights_for(const Shapes&) const override {}
  void check_input(const Shapes& input_shapes) const override { output_shapes(input_shapes); }
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  /// The axis of input i, counted from the front. Throws ValueError for the batch axis and for one that is not there.
  Index axis_of(std::size_t i, const Shape& input_shape) const;

  Config config_;
};

}  // namespace xtape
