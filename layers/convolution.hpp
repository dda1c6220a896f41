// What the arguments of Keras's convolution layers mean in numbers: padding, output_padding, data_format.
//
// All of Keras's padding rules come down to two numbers: how many steps the output has, and `left`, how many zeros stand
// before the first step (for a transposed convolution: how many steps are cropped there). They are worked out here and
// nowhere else; a layer's checks, build, compute_output_shape and call all ask these two functions.
//
//     L  steps of the input         s  strides            k  kernel_size         d  dilation_rate
//     span = (k - 1) d + 1          from the first to the last step that a kernel touches
//
//     convolve:    padding     output                        left
//                  valid       floor((L - span) / s) + 1     0
//                  same        ceil(L / s)                   half of the zeros needed, rounded down
//                  causal      ceil(L / s)                   span - 1: no output sees a later input
//
//     transpose:   padding, output_padding    output                               left
//                  valid, None                L s + max(span - s, 0)               0
//                  valid, p                   (L - 1) s + span + p                 0
//                  same, None                 L s                                  max(span - s, 0) / 2, rounded down
//                  same, p                    (L - 1) s + span % 2 + p             max(span - span % 2 - p, 0) / 2
//
// An absent output_padding is not 0: it stands for the length that a convolution of the same arguments came from.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <xtape/core/config.hpp>
#include <xtape/core/tensor.hpp>
#include <xtape/layers/reach.hpp>

namespace xtape {

enum class Padding { valid, same, causal };

/// Where the channels stand in a batch of sequences: (batch, steps, channels) or (batch, channels, steps).
enum class DataFormat { channels_last, channels_first };

/// What a convolution, or a pooling, slides over its input.
struct Window {
  Index kernel_size = 1, strides = 1, dilation_rate = 1;
  Padding padding = Padding::valid;

  /// From the first to the last step that it touches.
  Index span() const { return (kernel_size - 1) * dilation_rate + 1; }
};

/// Where a window starts and how often it fits.
struct WindowSteps {
  Index
      output;  ///< steps of the output; None when the input's are; may be 0 or less when the input is too short
  Index left;  ///< zeros before the input, or steps cropped from the output of a transposed convolution
};

WindowSteps convolve_steps(const Window& window, Index input_steps);
WindowSteps transpose_steps(const Window& window, std::optional<Index> output_padding, Index input_steps);

/// Which steps of the input a step of the output is made of; None where they do not stand on the second axis.
std::optional<Reach> reach_of(const Window& window, DataFormat format, const Shape& input_shape);

/// The window of a layer's arguments. Throws ValueError that begins with `owner` for values that Keras refuses:
/// anything below 1, an unknown padding, strides together with dilation_rate.
Window make_window(std::string_view owner, const Tuple1& kernel_size, const Tuple1& strides,
    const Tuple1& dilation_rate, Padding padding);

/// The steps of a layer's output for an input of that shape. Throws ValueError that begins with `owner` for inputs that do
/// not have three axes, and for one that is too short by more than a stride, as Keras does.
WindowSteps convolve_steps(
    std::string_view owner, const Window& window, DataFormat format, const Shape& input_shape);
/// Throws ValueError that begins with `owner` when no window fits into an input that is not padded.
void require_a_window(
    std::string_view owner, const Window& window, const WindowSteps& steps, const Shape& input_shape);

/// "valid", "same" or, where allowed, "causal", in any case. Throws ValueError.
Padding parse_padding(std::string_view owner, const std::string& padding, bool causal_allowed);
std::string_view name(Padding padding);

/// "channels_last", which an absent argument means, or "channels_first", in any case. Throws ValueError.
DataFormat parse_data_format(std::string_view owner, const std::optional<std::string>& data_format);
std::string_view name(DataFormat format);

constexpr Index steps_axis(DataFormat format) { return format == DataFormat::channels_last ? 1 : 2; }
constexpr Index channels_axis(DataFormat format) { return format == DataFormat::channels_last ? 2 : 1; }
/// The channels of an input with three axes. Throws ValueError that begins with `owner` unless there are so many and the
/// channels are known.
Index channels_of(std::string_view owner, DataFormat format, const Shape& input_shape);
/// (batch, steps, channels) in the order that the format asks for.
Shape sequence_shape(DataFormat format, Index batch, Index steps, Index channels);
/// x as (batch, steps, channels), and back.
Tensor to_channels_last(const Tensor& x, DataFormat format);
Tensor from_channels_last(const Tensor& x, DataFormat format);

/// y[n, t, c*m + i] = sum_j w[j, c, i] * x[n, t*s + j*d - left, c] for a kernel w (kernel_size, channels, m): each channel
/// for itself. x is in that format, y is channels last. Throws ValueError that begins with `owner` when no window fits.
Tensor depthwise_convolution(
    std::string_view owner, const Window& window, DataFormat format, const Tensor& x, const Tensor& w);

}  // namespace xtape
