#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {

LayerNormalization::LayerNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(!config_.axis.all(), class_name, "axis must be an integer or a list of integers (received None)");
}

LayerNormalization::LayerNormalization() : LayerNormalization(Config{}) {}

Json LayerNormalization::get_config() const { return layer_config(*this, config_); }

void LayerNormalization::build_weights(const Shape& input_shape) const {
  const Config& c = config_;
  const Shape lengths = lengths_along(input_shape, axes_of(c.axis, input_shape.rank(), name()), name());
  if (has_gamma())
    add_weight(gamma_, {"gamma", lengths, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint});
  if (has_beta())
    add_weight(beta_, {"beta", lengths, c.beta_initializer, c.beta_regularizer, c.beta_constraint});
}

void LayerNormalization::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  const std::vector<Index> axes = axes_of(config_.axis, input_shape.rank(), name());
  if (!has_gamma() && !has_beta()) return;
  const Shape& lengths = has_gamma() ? gamma_.shape() : beta_.shape();
  for (std::size_t i = 0; i < axes.size(); ++i)
    require_axis(input_shape, axes[i], lengths[static_cast<Index>(i)]);
}

Shape LayerNormalization::output_shape(const Shape& input_shape) const {
  axes_of(config_.axis, input_shape.rank(), name());
  return input_shape;
}

Tensor LayerNormalization::call(const Tensor& x, const CallOptions&) const {
  const std::vector<Index> axes = axes_of(config_.axis, x.rank(), name());
  const Tensor gamma = has_gamma() ? lying_along(gamma_, x.shape(), axes) : Tensor();
  if (config_.rms_scaling)
    return multiply(x, multiply(rsqrt(add(variance(x, axes, true), config_.epsilon)), gamma));
  const Tensor beta = has_beta() ? lying_along(beta_, x.shape(), axes) : Tensor();
  return normalize(x, {.axes = axes, .epsilon = config_.epsilon, .scale = gamma, .offset = beta});
}

std::optional<Reach> LayerNormalization::reach_itself(const Shapes& input_shapes, bool) const {
  return config_.axis.is_last(3) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
