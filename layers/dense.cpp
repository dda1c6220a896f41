#include <xtape/core/errors.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Dense::Dense(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(
      config_.units > 0, class_name, "units must be a positive integer (received units=", config_.units, ")");
  set_activity_regularizer(config_.activity_regularizer);
  ends_in_relu_ = activations::is_plain_relu(config_.activation);
}

Json Dense::get_config() const {
  Json out = layer_config(*this, config_);
  if (!config_.activity_regularizer) out.erase("activity_regularizer");  // as Keras leaves it out
  return out;
}

void Dense::build_weights(const Shape& input_shape) const {
  require_min_rank(input_shape, 2);
  const Index inputs = input_shape.back();
  require(inputs != None, name(), "the last axis of the input must have a known length (received shape ",
      input_shape, ")");
  add_weight(kernel_, {"kernel", {inputs, config_.units}, config_.kernel_initializer,
                          config_.kernel_regularizer, config_.kernel_constraint});
  if (config_.use_bias)
    add_weight(bias_, {"bias", {config_.units}, config_.bias_initializer, config_.bias_regularizer,
                          config_.bias_constraint});
}

void Dense::check_input(const Shapes& input_shapes) const {
  require_min_rank(single(input_shapes), 2);
  require_axis(single(input_shapes), -1, kernel_.shape()[0]);
}

Shape Dense::output_shape(const Shape& input_shape) const {
  require_min_rank(input_shape, 2);
  Shape out = input_shape;
  out.back() = config_.units;
  return out;
}

Tensor Dense::call(const Tensor& x, const CallOptions&) const {
  const Tensor y =
      matmul(x, kernel_, {}, {.bias = config_.use_bias ? Tensor(bias_) : Tensor(), .relu = ends_in_relu_});
  return config_.activation && !ends_in_relu_ ? config_.activation(y) : y;
}

std::optional<Reach> Dense::reach_itself(const Shapes& input_shapes, bool) const {
  return activations::is_step_by_step(config_.activation) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
