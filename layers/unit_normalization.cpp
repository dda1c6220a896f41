#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/normalizing.hpp>
#include <xtape/layers/unit_normalization.hpp>

namespace xtape {

UnitNormalization::UnitNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(!config_.axis.all(), class_name, "axis must be an integer or a list of integers (received None)");
}

UnitNormalization::UnitNormalization() : UnitNormalization(Config{}) {}

Json UnitNormalization::get_config() const { return layer_config(*this, config_); }

void UnitNormalization::check_input(const Shapes& input_shapes) const { output_shape(single(input_shapes)); }

Shape UnitNormalization::output_shape(const Shape& input_shape) const {
  axes_of(config_.axis, input_shape.rank(), name());
  return input_shape;
}

Tensor UnitNormalization::call(const Tensor& x, const CallOptions&) const {
  return divide(x, maximum(norm(x, 2, config_.axis, true), 1e-12));
}

std::optional<Reach> UnitNormalization::reach_itself(const Shapes& input_shapes, bool) const {
  return config_.axis.is_last(3) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
