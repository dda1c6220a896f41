// Flatten: all axes but the batch become one.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// (batch, a, b, ...) -> (batch, a * b * ...), and (batch,) -> (batch, 1).
///
/// With data_format "channels_first" the second axis, the channels, is moved to the end before, so that the order of the
/// elements is that of "channels_last". https://keras.io/api/layers/reshaping_layers/flatten/
class Flatten final : public Layer {
 public:
  static constexpr std::string_view class_name = "Flatten";
  struct Config {
    std::optional<std::string> data_format = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"data_format", &C::data_format, "\"channels_last\" or \"channels_first\"."},
          });
    }
  };

  /// Throws ValueError for an unknown data_format.
  explicit Flatten(Config config);
  Flatten();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
  DataFormat format_;
};

}  // namespace xtape
