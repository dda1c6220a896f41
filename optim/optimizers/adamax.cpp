#include <cmath>

#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/adamax.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Optimizer::Slots Adamax::new_slots(const Variable& variable) const {
  return {new_slot(variable, "momentum"), new_slot(variable, "norm")};
}

void Adamax::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t step) const {
  const Config& c = config();
  const double rate = learning_rate / (1 - std::pow(c.beta_1, static_cast<double>(step)));
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::adamax(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(),
        gradient.data<T>(), gradient.size(), rate, c.beta_1, c.beta_2, c.epsilon);
  });
}

template class OptimizerOf<Adamax, AdamaxConfig>;

}  // namespace xtape
