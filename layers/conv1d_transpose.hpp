// Conv1DTranspose: the transposed convolution, also called fractionally strided convolution or deconvolution.
//
// A convolution with stride s makes sequences s times shorter; this layer goes the other way, with the shapes and the
// connections of that convolution turned round. It is what a decoder is made of.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/convolution.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Spreads every step of the input, weighted by the kernel, over kernel_size steps of the output:
///
///     y[n, i*s + j*d - left, f] += sum_c kernel[j, f, c] * x[n, i, c]        then + bias[f], then activation
///
///     n  sample    i  step of x    j  tap of the kernel    c  channel of x    f  filter    s  strides    d  dilation_rate
///
/// Places that no tap reaches stay 0 before the bias; what would fall outside of the output is dropped.
///
/// x: (batch, steps, channels), or (batch, channels, steps) with data_format "channels_first".
/// kernel: (kernel_size, filters, channels); bias: (filters,). y: (batch, new_steps, filters), with
///
///     padding    output_padding    new_steps                                            left
///     valid      absent            steps * s + max(span - s, 0)                         0
///     valid      p                 (steps - 1) * s + span + p                           0
///     same       absent            steps * s                                            max(span - s, 0) / 2
///     same       p                 (steps - 1) * s + span % 2 + p                       max(span - span % 2 - p, 0) / 2
///
/// where span = (kernel_size - 1) * d + 1 and halves are rounded down. So an absent output_padding is not 0, and with
/// "same" output_padding also moves the left edge.
///
/// For example x = {1, 10}, one channel, kernel = {1, 2, 3}, strides = 2. Two kernels, two steps apart, overlap in one place:
///
///     1*  1  2  3              valid:                       {1, 2, 13, 20, 30}
///    10*        1  2  3        same:                        {1, 2, 13, 20}
///        1  2 13 20 30         same, output_padding = 0:    {2, 13, 20}
///
/// Keras 3 and TensorFlow 2.4 agree wherever the latter answers. TensorFlow 2.4 refuses, and Keras 3 computes, "same" with
/// output_padding = 0 and an even span; and only Keras 3 refuses padding = "causal" when the layer is made.
/// PyTorch's ConvTranspose1d crops and pads on the right instead, so its output_padding is another thing.
///
/// https://keras.io/api/layers/convolution_layers/convolution1d_transpose/
/// Zeiler et al., "Deconvolutional Networks", CVPR 2010; Dumoulin and Visin, "A guide to convolution arithmetic for deep
/// learning", 2016.
class Conv1DTranspose final : public Layer {
 public:
  static constexpr std::string_view class_name = "Conv1DTranspose";
  struct Config {
    Index filters = 0;
    Tuple1 kernel_size = 0;
    Tuple1 strides = 1;
    std::string padding = "valid";
    std::optional<Tuple1> output_padding = {};
    std::optional<std::string> data_format = {};
    Tuple1 dilation_rate = 1;
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
              Field{"strides", &C::strides, "Steps of the output from one step of the input to the next."},
              Field{"padding", &C::padding, "\"valid\" or \"same\", in any case: which ends are cropped."},
              Field{"output_padding", &C::output_padding,
                  "Adjusts the output's length: 0 <= output_padding < strides; absent is not 0."},
              Field{"data_format", &C::data_format,
                  "\"channels_last\", (batch, steps, channels), or \"channels_first\"."},
              Field{"dilation_rate", &C::dilation_rate,
                  "Steps from one tap to the next; not together with strides > 1."},
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

  /// Throws ValueError for arguments that Keras refuses: filters, kernel_size, strides or dilation_rate below 1, a padding
  /// other than valid and same, output_padding outside [0, strides), strides together with dilation_rate.
  explicit Conv1DTranspose(Config config);

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
  /// Steps of the output and of the left crop, for an input of that shape. Throws ValueError when there is no such output.
  WindowSteps steps_for(const Shape& input_shape) const;

  Config config_;
  bool ends_in_relu_ = false;  // the activation, which is then part of the pass that computes y
  DataFormat format_;
  Window window_;
  std::optional<Index> output_padding_;
  Variable kernel_, bias_;
};

/// Keras's other name for it.
using Convolution1DTranspose = Conv1DTranspose;

}  // namespace xtape
