// ZeroPadding1D: zeros before the first and behind the last step.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// padding[0] steps of zeros come before x, padding[1] behind it.
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first"; y likewise, with
/// padding[0] + steps + padding[1] steps. https://keras.io/api/layers/reshaping_layers/zero_padding1d/
class ZeroPadding1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "ZeroPadding1D";
  struct Config {
    Tuple2 padding = 1;
    std::optional<std::string> data_format = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"padding", &C::padding, "Steps that come before and behind; one number for both."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
          });
    }
  };

  /// Throws ValueError for negative numbers and an unknown data_format.
  explicit ZeroPadding1D(Config config);
  ZeroPadding1D();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 3); }
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
  DataFormat format_;
};

}  // namespace xtape
