#include <xtape/core/errors.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Conv1D::Conv1D(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  require(c.filters > 0, class_name, "filters must be a positive integer (received filters=", c.filters, ")");
  require(c.groups > 0, class_name, "groups must be a positive integer (received groups=", c.groups, ")");
  require(c.filters % c.groups == 0, class_name, "groups must divide filters (received groups=", c.groups,
      ", filters=", c.filters, ")");
  format_ = parse_data_format(class_name, c.data_format);
  const Padding padding = parse_padding(class_name, c.padding, true);
  window_ = make_window(class_name, c.kernel_size, c.strides, c.dilation_rate, padding);
  c.padding = xtape::name(padding);
  c.data_format = std::string(xtape::name(format_));
  set_activity_regularizer(c.activity_regularizer);
  ends_in_relu_ = activations::is_plain_relu(c.activation);
}

Json Conv1D::get_config() const { return layer_config(*this, config_); }

WindowSteps Conv1D::steps_for(const Shape& input_shape) const {
  return convolve_steps(name(), window_, format_, input_shape);
}

void Conv1D::build_weights(const Shape& input_shape) const {
  steps_for(input_shape);
  const Index channels = channels_of(name(), format_, input_shape);
  require(channels % config_.groups == 0, name(),
      "groups must divide the channels of the input (received groups=", config_.groups, ", shape ",
      input_shape, ")");
  add_weight(kernel_, {"kernel", {window_.kernel_size, channels / config_.groups, config_.filters},
                          config_.kernel_initializer, config_.kernel_regularizer, config_.kernel_constraint});
  if (config_.use_bias)
    add_weight(bias_, {"bias", {config_.filters}, config_.bias_initializer, config_.bias_regularizer,
                          config_.bias_constraint});
}

void Conv1D::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  require_rank(input_shape, 3);
  require_axis(input_shape, channels_axis(format_), kernel_.shape()[1] * config_.groups);
}

Shape Conv1D::output_shape(const Shape& input_shape) const {
  return sequence_shape(format_, input_shape[0], steps_for(input_shape).output, config_.filters);
}

Tensor Conv1D::call(const Tensor& x, const CallOptions&) const {
  const WindowSteps steps = steps_for(x.shape());
  require_a_window(name(), window_, steps, x.shape());
  Tensor y = conv1d(to_channels_last(x, format_), kernel_,
      {.strides = window_.strides,
          .dilation = window_.dilation_rate,
          .left = steps.left,
          .y_steps = steps.output,
          .groups = config_.groups},
      {.bias = config_.use_bias ? Tensor(bias_) : Tensor(), .relu = ends_in_relu_});
  y = from_channels_last(
      y, format_);  // an activation like softmax goes along the last axis of what the user sees
  return config_.activation && !ends_in_relu_ ? config_.activation(y) : y;
}

std::optional<Reach> Conv1D::reach_itself(const Shapes& input_shapes, bool) const {
  if (!activations::is_step_by_step(config_.activation)) return {};
  return reach_of(window_, format_, single(input_shapes));
}

}  // namespace xtape
