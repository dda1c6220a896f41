// Conv1D: the convolution of a sequence.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Every step of the output sees kernel_size steps of the input, through the same kernel:
///
///     y[n, t, f] = sum_{j, c} kernel[j, c, f] * x[n, t*s + j*d - left, c]        then + bias[f], then activation
///
///     n  sample    t  step of y    j  tap of the kernel    c  channel of x    f  filter    s  strides    d  dilation_rate
///
/// Steps before the first and behind the last one count as 0.
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first".
/// kernel: (kernel_size, channels / groups, filters); bias: (filters,). y: (batch, new_steps, filters), with
///
///     padding    new_steps                          left
///     valid      floor((steps - span) / s) + 1      0
///     same       ceil(steps / s)                    half of the zeros that are needed, rounded down
///     causal     ceil(steps / s)                    span - 1: y[t] sees nothing behind x[t*s]
///
/// where span = (kernel_size - 1) * d + 1. With groups > 1 channels and filters fall into so many groups, and a filter sees
/// the channels of its own group.
///
/// For example x = {1, 2, 3, 4}, one channel, kernel = {1, 10, 100}: valid gives {321, 432}, same {210, 321, 432, 43},
/// causal {100, 210, 321, 432}.
///
/// As in Keras 3, filters must be positive, which TensorFlow 2.4 does not check.
/// https://keras.io/api/layers/convolution_layers/convolution1d/
class Conv1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "Conv1D";
  struct Config {
    Index filters = 0;
    Tuple1 kernel_size = 0;
    Tuple1 strides = 1;
    std::string padding = "valid";
    std::optional<std::string> data_format = {};
    Tuple1 dilation_rate = 1;
    Index groups = 1;
    ActivationFunction activation = {};
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
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
              Field{"kernel_size", &C::kernel_size, "Taps of the kernel. Required."},
              Field{"strides", &C::strides, "Steps of the input from one window to the next."},
              Field{"padding", &C::padding,
                  "\"valid\", \"same\" or \"causal\", in any case: where zeros are added."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
              Field{"dilation_rate", &C::dilation_rate,
                  "Steps from one tap to the next; not together with strides > 1."},
              Field{"groups", &C::groups,
                  "Groups of channels that do not see each other; divides filters and channels."},
              Field{"activation", &C::activation, "Applied to the output."},
              Field{"use_bias", &C::use_bias, "Whether to add a bias."},
              Field{"kernel_initializer", &C::kernel_initializer, "First values of the kernel."},
              Field{"bias_initializer", &C::bias_initializer, "First values of the bias."},
              Field{"kernel_regularizer", &C::kernel_regularizer, "Penalty on the kernel."},
              Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the bias."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the output, per sample."},
              Field{
                  "kernel_constraint", &C::kernel_constraint, "Projection of the kernel after each update."},
              Field{"bias_constraint", &C::bias_constraint, "Projection of the bias after each update."},
          });
    }
  };

  /// Throws ValueError for arguments that Keras refuses: filters, kernel_size, strides, dilation_rate or groups below 1,
  /// an unknown padding, groups that do not divide filters, strides together with dilation_rate.
  explicit Conv1D(Config config);

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
  /// Steps of the output and of the zeros before the input. Throws ValueError when the input is too short by more than
  /// a stride, as Keras does.
  WindowSteps steps_for(const Shape& input_shape) const;

  Config config_;
  bool ends_in_relu_ = false;  // the activation, which is then part of the pass that computes y
  DataFormat format_;
  Window window_;
  Variable kernel_, bias_;
};

/// Keras's other name for it.
using Convolution1D = Conv1D;

}  // namespace xtape
