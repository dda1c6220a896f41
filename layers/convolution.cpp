#include <algorithm>
#include <cctype>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/convolution.hpp>

namespace xtape {
namespace {

void require_three_axes(std::string_view owner, const Shape& input_shape) {
  require(input_shape.rank() == 3, owner, "the input must have 3 axes (received shape ", input_shape, ")");
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

WindowSteps convolve_steps(const Window& w, Index input_steps) {
  // Which zeros "same" needs depends on the length; the others' places can be told without it.
  const Index causal_left = w.padding == Padding::causal ? w.span() - 1 : 0;
  if (input_steps == None) return {None, causal_left};
  if (w.padding == Padding::valid) return {floor_divide(input_steps - w.span(), w.strides) + 1, 0};
  const Index output = floor_divide(input_steps - 1, w.strides) + 1;
  if (w.padding == Padding::causal) return {output, causal_left};
  const Index zeros = std::max<Index>((output - 1) * w.strides + w.span() - input_steps, 0);
  return {output, zeros / 2};
}

WindowSteps transpose_steps(const Window& w, std::optional<Index> output_padding, Index input_steps) {
  const Index span = w.span(), s = w.strides;
  const bool same = w.padding == Padding::same;
  Index left = 0;
  if (same) left = std::max<Index>(output_padding ? span - span % 2 - *output_padding : span - s, 0) / 2;
  if (input_steps == None) return {None, left};
  if (!output_padding) return {input_steps * s + (same ? 0 : std::max<Index>(span - s, 0)), left};
  return {(input_steps - 1) * s + (same ? span % 2 : span) + *output_padding, left};
}

std::optional<Reach> reach_of(const Window& window, DataFormat format, const Shape& input_shape) {
  if (format != DataFormat::channels_last || input_shape.rank() != 3 || input_shape[1] == None) return {};
  return reach_of_convolution(window.strides, window.span(), convolve_steps(window, input_shape[1]).left);
}

Window make_window(std::string_view owner, const Tuple1& kernel_size, const Tuple1& strides,
    const Tuple1& dilation_rate, Padding padding) {
  Window w{kernel_size.checked(owner, "kernel_size"), strides.checked(owner, "strides"),
      dilation_rate.checked(owner, "dilation_rate"), padding};
  constexpr Index most = Index{1} << 31;  // so that no product of two lengths overflows
  const auto require_below = [&](std::string_view what, Index value) {
    require(value < most, owner, what, " must be less than 2^31 (received ", what, "=", value, ")");
  };
  require_below("kernel_size", w.kernel_size);
  require_below("strides", w.strides);
  require_below("dilation_rate", w.dilation_rate);
  require_below("(kernel_size - 1) * dilation_rate + 1", w.span());
  require(w.strides == 1 || w.dilation_rate == 1, owner,
      "strides > 1 cannot go together with dilation_rate > 1 (received strides=", w.strides,
      ", dilation_rate=", w.dilation_rate, ")");
  return w;
}

WindowSteps convolve_steps(
    std::string_view owner, const Window& window, DataFormat format, const Shape& input_shape) {
  require_three_axes(owner, input_shape);
  const Index input_steps = input_shape[steps_axis(format)];
  const WindowSteps steps = convolve_steps(window, input_steps);
  require(input_steps == None || steps.output >= 0, owner,
      "the input is too short for kernel_size=", window.kernel_size, ", dilation_rate=", window.dilation_rate,
      ", padding=\"", name(window.padding), "\" (received shape ", input_shape, ")");
  return steps;
}

void require_a_window(
    std::string_view owner, const Window& window, const WindowSteps& steps, const Shape& input_shape) {
  require(steps.output > 0 || window.padding != Padding::valid, owner,
      "the input is too short, no window fits: kernel_size=", window.kernel_size,
      ", dilation_rate=", window.dilation_rate, " (received shape ", input_shape, ")");
}

Padding parse_padding(std::string_view owner, const std::string& padding, bool causal_allowed) {
  const std::string text = lower_case(padding);
  if (text == "valid") return Padding::valid;
  if (text == "same") return Padding::same;
  require(text == "causal" && causal_allowed, owner, "padding must be \"valid\"",
      causal_allowed ? ", \"same\" or \"causal\"" : " or \"same\"", " (received padding=\"", padding, "\")");
  return Padding::causal;
}

std::string_view name(Padding padding) {
  return padding == Padding::valid ? "valid" : padding == Padding::same ? "same" : "causal";
}

DataFormat parse_data_format(std::string_view owner, const std::optional<std::string>& data_format) {
  const std::string text = lower_case(data_format.value_or("channels_last"));
  if (text == "channels_last") return DataFormat::channels_last;
  require(text == "channels_first", owner,
      "data_format must be \"channels_last\" or \"channels_first\" (received data_format=\"", *data_format,
      "\")");
  return DataFormat::channels_first;
}

std::string_view name(DataFormat format) {
  return format == DataFormat::channels_last ? "channels_last" : "channels_first";
}

Index channels_of(std::string_view owner, DataFormat format, const Shape& input_shape) {
  require_three_axes(owner, input_shape);
  const Index channels = input_shape[channels_axis(format)];
  require(
      channels != None, owner, "the channels of the input must be known (received shape ", input_shape, ")");
  return channels;
}

Shape sequence_shape(DataFormat format, Index batch, Index steps, Index channels) {
  return format == DataFormat::channels_last ? Shape{batch, steps, channels} : Shape{batch, channels, steps};
}

Tensor to_channels_last(const Tensor& x, DataFormat format) {
  return format == DataFormat::channels_last ? x : swapaxes(x, 1, 2);
}
Tensor from_channels_last(const Tensor& x, DataFormat format) {
  return format == DataFormat::channels_last ? x : swapaxes(x, 1, 2);
}

Tensor depthwise_convolution(
    std::string_view owner, const Window& window, DataFormat format, const Tensor& x, const Tensor& w) {
  const WindowSteps steps = convolve_steps(owner, window, format, x.shape());
  require_a_window(owner, window, steps, x.shape());
  const Index channels = w.dim(1);
  // (kernel_size, channels, m) and (kernel_size, 1, channels * m) are the same numbers in the same order.
  return conv1d(to_channels_last(x, format), reshape(w, {w.dim(0), 1, channels * w.dim(2)}),
      {.strides = window.strides,
          .dilation = window.dilation_rate,
          .left = steps.left,
          .y_steps = steps.output,
          .groups = channels});
}

}  // namespace xtape
