#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/lion.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Lion::Lion(Config c) : OptimizerOf(std::move(c)) {
  require(config().beta_1 > 0 && config().beta_1 <= 1, class_name,
      "beta_1 must lie in (0, 1] (received beta_1=", config().beta_1, ")");
}

Optimizer::Slots Lion::new_slots(const Variable& variable) const { return {new_slot(variable, "momentum")}; }

void Lion::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t /*step*/) const {
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::lion(variable.mutable_data<T>(), slots[0].mutable_data<T>(), gradient.data<T>(), gradient.size(),
        learning_rate, config().beta_1, config().beta_2);
  });
}

template class OptimizerOf<Lion, LionConfig>;

}  // namespace xtape
