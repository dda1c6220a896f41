#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/depthwise_conv1d.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

DepthwiseConv1D::DepthwiseConv1D(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  require(c.depth_multiplier > 0, class_name,
      "depth_multiplier must be a positive integer (received depth_multiplier=", c.depth_multiplier, ")");
  format_ = parse_data_format(class_name, c.data_format);
  const Padding padding = parse_padding(class_name, c.padding, false);
  window_ = make_window(class_name, c.kernel_size, c.strides, c.dilation_rate, padding);
  c.padding = xtape::name(padding);
  c.data_format = std::string(xtape::name(format_));
  set_activity_regularizer(c.activity_regularizer);
}

Json DepthwiseConv1D::get_config() const { return layer_config(*this, config_); }

void DepthwiseConv1D::build_weights(const Shape& input_shape) const {
  const Config& c = config_;
  const Index channels = channels_of(name(), format_, input_shape);
  convolve_steps(name(), window_, format_, input_shape);
  add_weight(kernel_, {"kernel", {window_.kernel_size, channels, c.depth_multiplier}, c.depthwise_initializer,
                          c.depthwise_regularizer, c.depthwise_constraint});
  if (c.use_bias)
    add_weight(bias_,
        {"bias", {channels * c.depth_multiplier}, c.bias_initializer, c.bias_regularizer, c.bias_constraint});
}

void DepthwiseConv1D::check_input(const Shapes& input_shapes) const {
  require_rank(single(input_shapes), 3);
  require_axis(single(input_shapes), channels_axis(format_), kernel_.shape()[1]);
}

Shape DepthwiseConv1D::output_shape(const Shape& input_shape) const {
  const WindowSteps steps = convolve_steps(name(), window_, format_, input_shape);
  const Index channels = channels_of(name(), format_, input_shape);
  return sequence_shape(format_, input_shape[0], steps.output, channels * config_.depth_multiplier);
}

Tensor DepthwiseConv1D::call(const Tensor& x, const CallOptions&) const {
  Tensor y = depthwise_convolution(name(), window_, format_, x, kernel_);
  if (config_.use_bias) y = add(y, bias_);
  y = from_channels_last(y, format_);
  return config_.activation ? config_.activation(y) : y;
}

std::optional<Reach> DepthwiseConv1D::reach_itself(const Shapes& input_shapes, bool) const {
  if (!activations::is_step_by_step(config_.activation)) return {};
  return reach_of(window_, format_, single(input_shapes));
}

}  // namespace xtape
