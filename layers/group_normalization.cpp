#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/group_normalization.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {

GroupNormalization::GroupNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(config_.groups > 0 || config_.groups == -1, class_name,
      "groups must be a positive integer or -1 (received groups=", config_.groups, ")");
}

GroupNormalization::GroupNormalization() : GroupNormalization(Config{}) {}

Json GroupNormalization::get_config() const { return layer_config(*this, config_); }

Index GroupNormalization::channels_axis_of(const Shape& input_shape) const {
  const Index axis = normalize_axis(config_.axis, input_shape.rank(), name());
  require(axis > 0, name(),
      "the first axis is that of the samples and cannot hold channels (received axis=", config_.axis,
      ", shape ", input_shape, ")");
  return axis;
}

void GroupNormalization::build_weights(const Shape& input_shape) const {
  const Config& c = config_;
  const Shape channels = lengths_along(input_shape, {channels_axis_of(input_shape)}, name());
  require(c.groups == -1 || (c.groups <= channels[0] && channels[0] % c.groups == 0), name(),
      "groups must divide the channels (received groups=", c.groups, ", shape ", input_shape, ")");
  if (c.scale)
    add_weight(gamma_, {"gamma", channels, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint});
  if (c.center)
    add_weight(beta_, {"beta", channels, c.beta_initializer, c.beta_regularizer, c.beta_constraint});
}

void GroupNormalization::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  channels_axis_of(input_shape);
  if (!is_built()) return;
  const Shape& before = build_shapes()[0];
  require_rank(input_shape, before.rank());
  require_axis(input_shape, config_.axis, before.dim(config_.axis));
}

Shape GroupNormalization::output_shape(const Shape& input_shape) const {
  channels_axis_of(input_shape);
  return input_shape;
}

Tensor GroupNormalization::call(const Tensor& x, const CallOptions&) const {
  const Index axis = channels_axis_of(x.shape()), channels = x.dim(axis);
  const Index groups = config_.groups == -1 ? channels : config_.groups;
  Shape grouped = x.shape().with(axis, groups);  // (..., groups, channels / groups, ...)
  grouped[axis + 1] = groups == 0 ? 0 : channels / groups;
  std::vector<Index> others;
  for (Index i = 1; i < grouped.rank(); ++i)
    if (i != axis) others.push_back(i);
  Tensor y = normalize(reshape(x, grouped), {.axes = others, .epsilon = config_.epsilon});
  y = reshape(y, x.shape());
  if (config_.scale) y = multiply(y, lying_along(gamma_, x.shape(), {axis}));
  return config_.center ? add(y, lying_along(beta_, x.shape(), {axis})) : y;
}

}  // namespace xtape
