#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/normalizing.hpp>
#include <xtape/layers/rms_normalization.hpp>

namespace xtape {

RMSNormalization::RMSNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(!config_.axis.all(), class_name, "axis must be an integer or a list of integers (received None)");
}

RMSNormalization::RMSNormalization() : RMSNormalization(Config{}) {}

Json RMSNormalization::get_config() const { return layer_config(*this, config_); }

std::vector<Index> RMSNormalization::axes_for(const Shape& input_shape) const {
  std::vector<Index> axes = axes_of(config_.axis, input_shape.rank(), name());
  std::sort(axes.begin(), axes.end());
  return axes;
}

void RMSNormalization::build_weights(const Shape& input_shape) const {
  add_weight(scale_, {.name = "scale",
                         .shape = lengths_along(input_shape, axes_for(input_shape), name()),
                         .initializer = "ones"});
}

void RMSNormalization::check_input(const Shapes& input_shapes) const {
  const std::vector<Index> axes = axes_for(single(input_shapes));
  for (std::size_t i = 0; i < axes.size(); ++i)
    require_axis(single(input_shapes), axes[i], scale_.shape()[static_cast<Index>(i)]);
}

Shape RMSNormalization::output_shape(const Shape& input_shape) const {
  axes_for(input_shape);
  return input_shape;
}

Tensor RMSNormalization::call(const Tensor& x, const CallOptions&) const {
  const std::vector<Index> axes = axes_for(x.shape());
  return normalize(x, {.axes = axes,
                          .epsilon = config_.epsilon,
                          .scale = lying_along(scale_, x.shape(), axes),
                          .centered = false});
}

std::optional<Reach> RMSNormalization::reach_itself(const Shapes& input_shapes, bool) const {
  return config_.axis.is_last(3) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
