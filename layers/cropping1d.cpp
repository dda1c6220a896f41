#include <xtape/core/errors.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/layers/cropping1d.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Cropping1D::Cropping1D(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  config_.cropping.check(class_name, "cropping", 0);
}
Cropping1D::Cropping1D() : Cropping1D(Config{}) {}

Json Cropping1D::get_config() const { return layer_config(*this, config_); }

Shape Cropping1D::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  if (input_shape[1] == None) return input_shape;
  const Tuple2& cropping = config_.cropping;
  Shape out = input_shape;
  out[1] -= cropping.first() + cropping.second();
  require(out[1] > 0, name(), "cropping must leave at least one step (received cropping=(", cropping.first(),
      ", ", cropping.second(), "), shape ", input_shape, ")");
  return out;
}

Tensor Cropping1D::call(const Tensor& x, const CallOptions&) const {
  return slice(x, 1, config_.cropping.first(), x.dim(1) - config_.cropping.second());
}

std::optional<Reach> Cropping1D::reach_itself(const Shapes& input_shapes, bool) const {
  const Index before = config_.cropping.first(), after = config_.cropping.second();
  return then(step_by_step(input_shapes), Reach{.last = before + after});
}

}  // namespace xtape
