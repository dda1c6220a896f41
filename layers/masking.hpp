// Masking: marks the steps that are not there.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// A step whose entries all equal mask_value does not count: it becomes 0, and the mask that goes with the output is false
/// there. Layers behind that understand masks leave it out.
///
///     mask[n, t] = any over c of x[n, t, c] != mask_value,    y = x * mask
///
/// x: (batch, ..., channels) of any rank from 2; y: the same shape; the mask: (batch, ...).
/// https://keras.io/api/layers/core_layers/masking/
class Masking final : public Layer {
 public:
  static constexpr std::string_view class_name = "Masking";
  struct Config {
    double mask_value = 0;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"mask_value", &C::mask_value, "What all entries of a step equal that does not count."},
          });
    }
  };

  explicit Masking(Config config);
  Masking();

  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
