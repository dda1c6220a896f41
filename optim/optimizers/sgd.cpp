#include <xtape/core/kernels/updates.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>
#include <xtape/optim/optimizers/sgd.hpp>

namespace xtape {

SGD::SGD(Config c) : OptimizerOf(std::move(c)) {
  require(config().momentum >= 0 && config().momentum <= 1, class_name,
      "momentum must lie in [0, 1] (received momentum=", config().momentum, ")");
}

Optimizer::Slots SGD::new_slots(const Variable& variable) const {
  if (config().momentum == 0) return {};
  return {new_slot(variable, "momentum")};
}

void SGD::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t /*step*/) const {
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    T* w = variable.mutable_data<T>();
    const T* g = gradient.data<T>();
    if (slots.empty()) {
      kernels::sgd(w, g, gradient.size(), learning_rate);
    } else {
      kernels::sgd_momentum(w, slots[0].mutable_data<T>(), g, gradient.size(), learning_rate,
          config().momentum, config().nesterov);
    }
  });
}

template class OptimizerOf<SGD, SGDConfig>;

}  // namespace xtape
