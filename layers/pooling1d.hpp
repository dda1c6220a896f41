// MaxPooling1D and AveragePooling1D: one value for each window of steps.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// What both have in common: the windows.
///
///     padding    windows, s = strides                left
///     valid      floor((steps - pool_size) / s) + 1  0
///     same       ceil(steps / s)                     half of what is missing for whole windows, rounded down
///
/// Window t covers the steps t*s - left, ..., t*s - left + pool_size - 1 as far as they exist.
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first"; y likewise, with `windows`
/// steps.
class Pooling1D : public Layer {
 public:
  struct Config {
    Tuple1 pool_size = 2;
    std::optional<Tuple1> strides = {};
    std::string padding = "valid";
    std::optional<std::string> data_format = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"pool_size", &C::pool_size, "Steps in a window."},
              Field{"padding", &C::padding, "\"valid\" or \"same\", in any case."},
              Field{"strides", &C::strides, "Steps from one window to the next; pool_size when absent."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
          });
    }
  };

  Json get_config() const override;

 protected:
  /// Throws ValueError for pool_size and strides below 1, an unknown padding or data_format.
  Pooling1D(std::string_view class_name, Config config);

  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 3); }
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

  /// The values of all windows of (batch, steps, channels), each made of its window's steps alone.
  virtual Tensor pool(const Tensor& x, const Window& window) const = 0;

 private:
  Config config_;
  DataFormat format_;
  Window window_;
};

/// The largest value of each window: x = {1, 5, 2, 3} gives {5, 3}.
/// https://keras.io/api/layers/pooling_layers/max_pooling1d/
class MaxPooling1D final : public Pooling1D {
 public:
  static constexpr std::string_view class_name = "MaxPooling1D";
  using Config = Pooling1D::Config;
  explicit MaxPooling1D(Config config) : Pooling1D(class_name, std::move(config)) {}
  MaxPooling1D() : MaxPooling1D(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor pool(const Tensor& x, const Window& window) const override;
};

/// The mean of each window, over the steps that exist: x = {1, 5, 2, 3} gives {3, 2.5}.
/// https://keras.io/api/layers/pooling_layers/average_pooling1d/
class AveragePooling1D final : public Pooling1D {
 public:
  static constexpr std::string_view class_name = "AveragePooling1D";
  using Config = Pooling1D::Config;
  explicit AveragePooling1D(Config config) : Pooling1D(class_name, std::move(config)) {}
  AveragePooling1D() : AveragePooling1D(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor pool(const Tensor& x, const Window& window) const override;
};

/// Keras's other names for them.
using MaxPool1D = MaxPooling1D;
using AvgPool1D = AveragePooling1D;

}  // namespace xtape
