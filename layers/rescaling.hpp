// Rescaling: moves values to another range.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = scale x + offset: Rescaling({.scale = 1 / 127.5, .offset = -1}) takes [0, 255] to [-1, 1].
///
/// scale and offset are numbers, or tensors that broadcast to the shape of x, such as one number for each channel. x may
/// hold integers; y is of the layer's dtype. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
class Rescaling final : public Layer {
 public:
  static constexpr std::string_view class_name = "Rescaling";
  struct Config {
    Tensor scale = {};
    Tensor offset = 0.0;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(
          common_fields<C>(), std::tuple{
                                  Field{"scale", &C::scale, "What x is multiplied with. Required."},
                                  Field{"offset", &C::offset, "What is added then."},
                              });
    }
  };

  /// Throws ValueError without a scale or an offset.
  explicit Rescaling(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
