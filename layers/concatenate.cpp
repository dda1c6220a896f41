#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/concatenate.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Concatenate::Concatenate(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}
Concatenate::Concatenate() : Concatenate(Config{}) {}

Json Concatenate::get_config() const { return layer_config(*this, config_); }

Shapes Concatenate::output_shapes(const Shapes& input_shapes) const {
  Shape out = input_shapes.at(0);
  const Index axis = normalize_axis(config_.axis, out.rank(), name());
  for (std::size_t i = 1; i < input_shapes.size(); ++i) {
    const Shape& shape = input_shapes[i];
    require(shape.rank() == out.rank() && out.without(axis).matches(shape.without(axis)), name(),
        "the inputs must have the same shape but for axis ", config_.axis, " (received ", input_shapes[0],
        " and ", shape, ")");
    out[axis] = out[axis] == None || shape[axis] == None ? None : out[axis] + shape[axis];
  }
  return {out};
}

Tensors Concatenate::call_many(const Tensors& inputs, const CallOptions&) const {
  return {concatenate(inputs, config_.axis)};
}

Tensors Concatenate::compute_mask(const Tensors& inputs, const Tensors& masks) const {
  const bool any_mask =
      std::any_of(masks.begin(), masks.end(), [](const Tensor& m) { return static_cast<bool>(m); });
  if (!any_mask) return {};
  require(masks.size() == inputs.size(), name(), "there must be as many masks as inputs (received ",
      masks.size(), " for ", inputs.size(), ")");
  Tensors entries;  // whether each entry of each input counts
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& shape = inputs[i].shape();
    if (!masks[i]) {
      entries.push_back(full(shape, 1, DType::boolean));
    } else {
      const bool by_step = masks[i].rank() < shape.rank();
      entries.push_back(broadcast_to(by_step ? expand_dims(masks[i], -1) : masks[i], shape));
    }
  }
  return {any(concatenate(entries, config_.axis), -1)};
}

std::optional<Reach> Concatenate::reach_itself(const Shapes& input_shapes, bool) const {
  const bool by_step = input_shapes.at(0).rank() == 3 && normalize_axis(config_.axis, 3, name()) == 2;
  return by_step ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
