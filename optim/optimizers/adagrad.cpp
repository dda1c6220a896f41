#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/adagrad.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Adagrad::Adagrad(Config c) : OptimizerOf(std::move(c)) {
  require(config().initial_accumulator_value >= 0, class_name,
      "initial_accumulator_value must be at least 0 (received initial_accumulator_value=",
      config().initial_accumulator_value, ")");
}

Optimizer::Slots Adagrad::new_slots(const Variable& variable) const {
  return {new_slot(variable, "accumulator", config().initial_accumulator_value)};
}

void Adagrad::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t /*step*/) const {
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::adagrad(variable.mutable_data<T>(), slots[0].mutable_data<T>(), gradient.data<T>(),
        gradient.size(), learning_rate, config().epsilon);
  });
}

template class OptimizerOf<Adagrad, AdagradConfig>;

}  // namespace xtape
