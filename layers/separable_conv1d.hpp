// SeparableConv1D: a convolution in two steps, first along the sequence, then across the channels.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Each channel is convolved for itself (as in DepthwiseConv1D), then the results of each step are mixed (as by a Conv1D
/// with kernel_size 1). It has far fewer weights than a Conv1D:
///
///     z[n, t, c*m + i] = sum_j depthwise_kernel[j, c, i] * x[n, t*s + j*d - left, c]
///     y[n, t, f] = sum_k pointwise_kernel[0, k, f] * z[n, t, k]        then + bias[f], then activation
///
///     n  sample    t  step of y    j  tap of the kernel    c  channel of x    m  depth_multiplier    i  one of the m
///     f  filter    s  strides    d  dilation_rate
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first".
/// depthwise_kernel: (kernel_size, channels, depth_multiplier); pointwise_kernel: (1, channels * depth_multiplier,
/// filters); bias: (filters,). y: (batch, new_steps, filters), new_steps and left as for Conv1D.
///
/// Padding "causal" is that of TensorFlow 2.4, which Keras 3 took out.
/// https://keras.io/api/layers/convolution_layers/separable_convolution1d/
/// Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2017.
class SeparableConv1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "SeparableConv1D";
  struct Config {
    Index filters = 0;
    Tuple1 kernel_size = 0;
    Tuple1 strides = 1;
    std::string padding = "valid";
    std::optional<std::string> data_format = {};
    Tuple1 dilation_rate = 1;
    Index depth_multiplier = 1;
    ActivationFunction activation = {};
    bool use_bias = true;
    Initializer depthwise_initializer = "glorot_uniform";
    Initializer pointwise_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer depthwise_regularizer = {};
    Regularizer pointwise_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint depthwise_constraint = {};
    Constraint pointwise_constraint = {};
    Constraint bias_constraint = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"filters", &C::filters, "Channels of the output. Required."},
              Field{"kernel_size", &C::kernel_size, "Taps of the depthwise kernel. Required."},
              Field{"strides", &C::strides, "Steps of the input from one window to the next."},
              Field{"padding", &C::padding,
                  "\"valid\", \"same\" or \"causal\", in any case: where zeros are added."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
              Field{"dilation_rate", &C::dilation_rate,
                  "Steps from one tap to the next; not together with strides > 1."},
              Field{"depth_multiplier", &C::depth_multiplier,
                  "Channels between the two steps for each of the input."},
              Field{"activation", &C::activation, "Applied to the output."},
              Field{"use_bias", &C::use_bias, "Whether to add a bias."},
              Field{"depthwise_initializer", &C::depthwise_initializer,
                  "First values of the depthwise kernel."},
              Field{"pointwise_initializer", &C::pointwise_initializer,
                  "First values of the pointwise kernel."},
              Field{"bias_initializer", &C::bias_initializer, "First values of the bias."},
              Field{"depthwise_regularizer", &C::depthwise_regularizer, "Penalty on the depthwise kernel."},
              Field{"pointwise_regularizer", &C::pointwise_regularizer, "Penalty on the pointwise kernel."},
              Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the bias."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the output, per sample."},
              Field{"depthwise_constraint", &C::depthwise_constraint,
                  "Projection of the depthwise kernel after each update."},
              Field{"pointwise_constraint", &C::pointwise_constraint,
                  "Projection of the pointwise kernel after each update."},
              Field{"bias_constraint", &C::bias_constraint, "Projection of the bias after each update."},
          });
    }
  };

  /// Throws ValueError for arguments that Keras refuses: filters, kernel_size, strides, dilation_rate or depth_multiplier
  /// below 1, an unknown padding, strides together with dilation_rate.
  explicit SeparableConv1D(Config config);

  const Config& config() const { return config_; }
  const Variable& depthwise_kernel() const { return depthwise_kernel_; }
  const Variable& pointwise_kernel() const { return pointwise_kernel_; }
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
  Variable depthwise_kernel_, pointwise_kernel_, bias_;
};

/// Keras's other name for it.
using SeparableConvolution1D = SeparableConv1D;

}  // namespace xtape
