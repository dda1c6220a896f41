#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/adadelta.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Optimizer::Slots Adadelta::new_slots(const Variable& variable) const {
  return {new_slot(variable, "accumulated_grad"), new_slot(variable, "accumulated_delta_var")};
}

void Adadelta::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t /*step*/) const {
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::adadelta(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(),
        gradient.data<T>(), gradient.size(), learning_rate, config().rho, config().epsilon);
  });
}

template class OptimizerOf<Adadelta, AdadeltaConfig>;

}  // namespace xtape
