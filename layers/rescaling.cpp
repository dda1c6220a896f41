#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/rescaling.hpp>

namespace xtape {

Rescaling::Rescaling(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(static_cast<bool>(config_.scale), class_name, "scale must be given");
  require(
      static_cast<bool>(config_.offset), class_name, "offset must be a number or a tensor (received None)");
}

Json Rescaling::get_config() const { return layer_config(*this, config_); }

void Rescaling::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  for (const auto& [what, t] : {std::pair{"scale", config_.scale}, {"offset", config_.offset}}) {
    const Index ahead = input_shape.rank() - t.rank();
    bool fits = ahead >= 0;
    for (Index i = 0; fits && i < t.rank(); ++i) {
      const Index length = input_shape[ahead + i];
      fits = t.shape()[i] == 1 || length == None || t.shape()[i] == length;
    }
    require(fits, name(), what, " must broadcast to the shape of the input (received ", what, " of shape ",
        t.shape(), ", input of shape ", input_shape, ")");
  }
}

Tensor Rescaling::call(const Tensor& x, const CallOptions&) const {
  const auto cast_number = [&](const Tensor& t) {
    return t.is_weak() ? t.number_as(dtype()) : cast(t, dtype());
  };
  return add(multiply(cast(x, dtype()), cast_number(config_.scale)), cast_number(config_.offset));
}

std::optional<Reach> Rescaling::reach_itself(const Shapes& input_shapes, bool) const {
  const auto is_for_all_steps = [](const Tensor& t) { return t.rank() < 2 || t.dim(t.rank() - 2) == 1; };
  const bool fits = is_for_all_steps(config_.scale) && is_for_all_steps(config_.offset);
  return fits ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
