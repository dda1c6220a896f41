#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/adam_impl.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Optimizer::Slots Adam::new_slots(const Variable& variable) const {
  return adam_slots(variable, config().amsgrad);
}

void Adam::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t step) const {
  adam_update(variable, gradient, slots, adam_rate(learning_rate, config().beta_1, config().beta_2, step),
      config().beta_1, config().beta_2, config().epsilon);
}

template class OptimizerOf<Adam, AdamConfig>;

}  // namespace xtape
