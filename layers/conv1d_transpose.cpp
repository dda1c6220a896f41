#include <xtape/core/errors.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Conv1DTranspose::Conv1DTranspose(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  require(c.filters > 0, class_name, "filters must be a positive integer (received filters=", c.filters, ")");
  format_ = parse_data_format(class_name, c.data_format);
  const Padding padding = parse_padding(class_name, c.padding, false);
  window_ = make_window(class_name, c.kernel_size, c.strides, c.dilation_rate, padding);
  if (c.output_padding) {
    output_padding_ = c.output_padding->checked(class_name, "output_padding", 0);
    require(*output_padding_ < window_.strides, class_name,
        "output_padding must be less than strides (received output_padding=", *output_padding_,
        ", strides=", window_.strides, ")");
  }
  c.padding = xtape::name(padding);
  c.data_format = std::string(xtape::name(format_));
  set_activity_regularizer(c.activity_regularizer);
  ends_in_relu_ = activations::is_plain_relu(c.activation);
}

Json Conv1DTranspose::get_config() const { return layer_config(*this, config_); }

WindowSteps Conv1DTranspose::steps_for(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  const Index input_steps = input_shape[steps_axis(format_)];
  const WindowSteps steps = transpose_steps(window_, output_padding_, input_steps);
  require(input_steps == None || steps.output >= 0, name(), "the input is too short: the output would have ",
      steps.output, " steps (received shape ", input_shape, ")");
  return steps;
}

void Conv1DTranspose::build_weights(const Shape& input_shape) const {
  steps_for(input_shape);
  const Index channels = channels_of(name(), format_, input_shape);
  add_weight(kernel_, {"kernel", {window_.kernel_size, config_.filters, channels}, config_.kernel_initializer,
                          config_.kernel_regularizer, config_.kernel_constraint});
  if (config_.use_bias)
    add_weight(bias_, {"bias", {config_.filters}, config_.bias_initializer, config_.bias_regularizer,
                          config_.bias_constraint});
}

void Conv1DTranspose::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  require_rank(input_shape, 3);
  require_axis(input_shape, channels_axis(format_), kernel_.shape()[2]);
}

Shape Conv1DTranspose::output_shape(const Shape& input_shape) const {
  const Index steps = steps_for(input_shape).output;
  return sequence_shape(format_, input_shape[0], steps, config_.filters);
}

Tensor Conv1DTranspose::call(const Tensor& x, const CallOptions&) const {
  const WindowSteps steps = steps_for(x.shape());
  Tensor y = conv1d_transpose(to_channels_last(x, format_), kernel_,
      {.strides = window_.strides,
          .dilation = window_.dilation_rate,
          .left = steps.left,
          .x_steps = steps.output},
      {.bias = config_.use_bias ? Tensor(bias_) : Tensor(), .relu = ends_in_relu_});
  y = from_channels_last(
      y, format_);  // an activation like softmax goes along the last axis of what the user sees
  return config_.activation && !ends_in_relu_ ? config_.activation(y) : y;
}

std::optional<Reach> Conv1DTranspose::reach_itself(const Shapes& input_shapes, bool) const {
  const Shape& shape = single(input_shapes);
  if (format_ != DataFormat::channels_last || !activations::is_step_by_step(config_.activation) ||
      shape.rank() != 3 || shape[1] == None)
    return {};
  const WindowSteps steps = steps_for(shape);
  const Index of_last = steps.output - (shape[1] - 1) * window_.strides;
  return then(
      step_by_step({shape}), reach_of_transpose(window_.strides, window_.span(), steps.left, of_last));
}

}  // namespace xtape
