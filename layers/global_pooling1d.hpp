// GlobalMaxPooling1D and GlobalAveragePooling1D: one value for all steps.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// What both have in common: the axis.
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first"; y: (batch, channels), or
/// with keepdims as x with one step.
class GlobalPooling1D : public Layer {
 public:
  struct Config {
    std::optional<std::string> data_format = {};
    bool keepdims = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
              Field{"keepdims", &C::keepdims, "Whether the axis of the steps stays, with length 1."},
          });
    }
  };

  Json get_config() const override;

 protected:
  /// Throws ValueError for an unknown data_format.
  GlobalPooling1D(std::string_view class_name, Config config);

  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 3); }
  Shape output_shape(const Shape& input_shape) const override;

  Index steps_axis() const { return xtape::steps_axis(format_); }
  Index channels_axis() const { return xtape::channels_axis(format_); }
  bool keepdims() const { return config_.keepdims; }

 private:
  Config config_;
  DataFormat format_;
};

/// y[n, c] = the largest x[n, t, c] over t; steps that tie share the gradient.
/// https://keras.io/api/layers/pooling_layers/global_max_pooling1d/
class GlobalMaxPooling1D final : public GlobalPooling1D {
 public:
  static constexpr std::string_view class_name = "GlobalMaxPooling1D";
  using Config = GlobalPooling1D::Config;
  explicit GlobalMaxPooling1D(Config config) : GlobalPooling1D(class_name, std::move(config)) {}
  GlobalMaxPooling1D() : GlobalMaxPooling1D(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;
};

/// y[n, c] = the mean of x[n, t, c] over t, under a mask over the steps that count: NaN where none does, as in Keras.
/// https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
class GlobalAveragePooling1D final : public GlobalPooling1D {
 public:
  static constexpr std::string_view class_name = "GlobalAveragePooling1D";
  using Config = GlobalPooling1D::Config;
  explicit GlobalAveragePooling1D(Config config) : GlobalPooling1D(class_name, std::move(config)) {}
  GlobalAveragePooling1D() : GlobalAveragePooling1D(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;
};

/// Keras's other names for them.
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalAvgPool1D = GlobalAveragePooling1D;

}  // namespace xtape
