// DepthwiseConv1D: a convolution of each channel for itself.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Every channel of the input has depth_multiplier kernels of its own and sees no other channel:
///
///     y[n, t, c*m + i] = sum_j kernel[j, c, i] * x[n, t*s + j*d - left, c]        then + bias, then activation
///
///     n  sample    t  step of y    j  tap of the kernel    c  channel of x    m  depth_multiplier    i  one of the m
///     s  strides    d  dilation_rate
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first".
/// kernel: (kernel_size, channels, depth_multiplier); bias: (channels * depth_multiplier,).
/// y: (batch, new_steps, channels * depth_multiplier), new_steps and left as for Conv1D with "valid" or "same".
///
/// For example x = {{1, 10}, {2, 20}}, two channels, with kernel_size = 2 and a kernel of ones gives {{3, 30}}.
/// Not in TensorFlow 2.4.
/// https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/
class DepthwiseConv1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "DepthwiseConv1D";
  struct Config {
    Tuple1 kernel_size = 0;
    Tuple1 strides = 1;
    std::string padding = "valid";
    Index depth_multiplier = 1;
    std::optional<std::string> data_format = {};
    Tuple1 dilation_rate = 1;
    ActivationFunction activation = {};
    bool use_bias = true;
    Initializer depthwise_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer depthwise_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint depthwise_constraint = {};
    Constraint bias_constraint = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"kernel_size", &C::kernel_size, "Taps of the kernel. Required."},
              Field{"strides", &C::strides, "Steps of the input from one window to the next."},
              Field{"padding", &C::padding, "\"valid\" or \"same\", in any case: where zeros are added."},
              Field{
                  "depth_multiplier", &C::depth_multiplier, "Channels of the output for each of the input."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
              Field{"dilation_rate", &C::dilation_rate,
                  "Steps from one tap to the next; not together with strides > 1."},
              Field{"activation", &C::activation, "Applied to the output."},
              Field{"use_bias", &C::use_bias, "Whether to add a bias."},
              Field{"depthwise_initializer", &C::depthwise_initializer, "First values of the kernel."},
              Field{"bias_initializer", &C::bias_initializer, "First values of the bias."},
              Field{"depthwise_regularizer", &C::depthwise_regularizer, "Penalty on the kernel."},
              Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the bias."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the output, per sample."},
              Field{"depthwise_constraint", &C::depthwise_constraint,
                  "Projection of the kernel after each update."},
              Field{"bias_constraint", &C::bias_constraint, "Projection of the bias after each update."},
          });
    }
  };

  /// Throws ValueError for arguments that Keras refuses: kernel_size, strides, dilation_rate or depth_multiplier below 1,
  /// an unknown padding, strides together with dilation_rate.
  explicit DepthwiseConv1D(Config config);

  const Config& config() const { return config_; }
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

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
  Config config_;
  DataFormat format_;
  Window window_;
  Variable kernel_, bias_;
};

}  // namespace xtape
