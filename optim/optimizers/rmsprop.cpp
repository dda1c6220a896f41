#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>
#include <xtape/optim/optimizers/rmsprop.hpp>

namespace xtape {

Optimizer::Slots RMSprop::new_slots(const Variable& variable) const {
  Slots slots{new_slot(variable, "velocity")};
  if (config().momentum > 0) slots.push_back(new_slot(variable, "momentum"));
  if (config().centered) slots.push_back(new_slot(variable, "average_gradient"));
  return slots;
}

void RMSprop::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t /*step*/) const {
  const Config& c = config();
  const kernels::RmspropRule rule{learning_rate, c.rho, c.momentum, c.epsilon};
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    T* m = c.momentum > 0 ? slots[1].mutable_data<T>() : nullptr;
    T* mean = c.centered ? slots.back().mutable_data<T>() : nullptr;
    kernels::rmsprop(variable.mutable_data<T>(), slots[0].mutable_data<T>(), mean, m, gradient.data<T>(),
        gradient.size(), rule);
  });
}

template class OptimizerOf<RMSprop, RMSpropConfig>;

}  // namespace xtape
