#include <xtape/core/errors.hpp>
#include <xtape/core/ops/pooling.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/pooling1d.hpp>

namespace xtape {
namespace {

Pool1DOptions options_of(const Window& window) {
  return {.pool_size = window.kernel_size, .strides = window.strides, .padding = name(window.padding)};
}

}  // namespace

Pooling1D::Pooling1D(std::string_view class_name, Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  format_ = parse_data_format(class_name, c.data_format);
  window_.padding = parse_padding(class_name, c.padding, false);
  window_.kernel_size = c.pool_size.checked(class_name, "pool_size");
  window_.strides = c.strides.value_or(c.pool_size).checked(class_name, "strides");
  c.strides = window_.strides;
  c.padding = xtape::name(window_.padding);
  c.data_format = std::string(xtape::name(format_));
}

Json Pooling1D::get_config() const { return layer_config(*this, config_); }

Shape Pooling1D::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  const Index steps = input_shape[steps_axis(format_)], windows = convolve_steps(window_, steps).output;
  require(steps == None || windows >= 0, name(), "the input is too short for pool_size=", window_.kernel_size,
      ", strides=", window_.strides, " (received shape ", input_shape, ")");
  return sequence_shape(format_, input_shape[0], windows, input_shape[channels_axis(format_)]);
}

Tensor Pooling1D::call(const Tensor& x, const CallOptions&) const {
  return from_channels_last(pool(to_channels_last(x, format_), window_), format_);
}

Tensor MaxPooling1D::pool(const Tensor& x, const Window& window) const {
  return max_pool1d(x, options_of(window));
}

Tensor AveragePooling1D::pool(const Tensor& x, const Window& window) const {
  return average_pool1d(x, options_of(window));
}

std::optional<Reach> Pooling1D::reach_itself(const Shapes& input_shapes, bool) const {
  return reach_of(window_, format_, single(input_shapes));
}

}  // namespace xtape
