#include <xtape/core/kernels/updates.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>
#include <xtape/optim/optimizers/sgd.hpp>

namespace xtape {

SGD::SGD(Config config) : Optimizer(class_name, optimizer_options(config)), config_(std::move(config)) {
  require(config_.momentum >= 0 && config_.momentum <= 1, class_name,
      "momentum must lie in [0, 1] (received momentum=", config_.momentum, ")");
}

Json SGD::get_config() const { return optimizer_config(*this, config_); }

Optimizer::Slots SGD::new_slots(const Variable& variable) const {
  if (config_.momentum == 0) return {};
  return {zeros_slot(variable, "momentum")};
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
          config_.momentum, config_.nesterov);
    }
  });
}

}  // namespace xtape
