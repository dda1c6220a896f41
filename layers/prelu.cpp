#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/prelu.hpp>

namespace xtape {

PReLU::PReLU(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}
PReLU::PReLU() : PReLU(Config{}) {}

Json PReLU::get_config() const {
  Json out = layer_config(*this, config_);
  const std::vector<Index>& shared = config_.shared_axes.numbers();
  out["shared_axes"] = shared.empty() ? Json(nullptr) : Json(shared);  // a list also when it is one
  return out;
}

void PReLU::build_weights(const Shape& input_shape) const {
  require_min_rank(input_shape, 1);
  Shape alphas = input_shape;
  for (const Index axis : config_.shared_axes.numbers()) {
    const Index i = normalize_axis(axis, input_shape.rank(), name());
    require(i > 0, name(), "shared_axes must not hold the batch axis (received ", axis, ")");
    alphas[i] = 1;
  }
  alphas = alphas.without(0);
  require(alphas.is_known(), name(), "all lengths but those along shared_axes must be known (received shape ",
      input_shape, ")");
  add_weight(alpha_,
      {"alpha", alphas, config_.alpha_initializer, config_.alpha_regularizer, config_.alpha_constraint});
}

void PReLU::check_input(const Shapes& input_shapes) const {
  const Shape alphas = alpha_.shape();
  require_rank(single(input_shapes), alphas.rank() + 1);
  for (Index i = 0; i < alphas.rank(); ++i)
    if (alphas[i] != 1) require_axis(single(input_shapes), i + 1, alphas[i]);
}

Tensor PReLU::call(const Tensor& x, const CallOptions&) const {
  return subtract(relu(x), multiply(alpha_, relu(negative(x))));
}

std::optional<Reach> PReLU::reach_itself(const Shapes& input_shapes, bool) const {
  const bool is_shared_by_steps = alpha_.shape().rank() == 2 && alpha_.shape()[0] == 1;
  return is_shared_by_steps ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
