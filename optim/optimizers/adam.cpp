#include <cmath>

#include <xtape/core/kernels/updates.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Adam::Adam(Config config) : Optimizer(class_name, optimizer_options(config)), config_(std::move(config)) {}

Json Adam::get_config() const { return optimizer_config(*this, config_); }

Optimizer::Slots Adam::new_slots(const Variable& variable) const {
  Slots slots{zeros_slot(variable, "momentum"), zeros_slot(variable, "velocity")};
  if (config_.amsgrad) slots.push_back(zeros_slot(variable, "velocity_hat"));
  return slots;
}

void Adam::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t step) const {
  const double t = static_cast<double>(step);
  const double rate =
      learning_rate * std::sqrt(1 - std::pow(config_.beta_2, t)) / (1 - std::pow(config_.beta_1, t));
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    T* v_max = config_.amsgrad ? slots[2].mutable_data<T>() : nullptr;
    kernels::adam(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(), v_max,
        gradient.data<T>(), gradient.size(), rate, config_.beta_1, config_.beta_2, config_.epsilon);
  });
}

}  // namespace xtape
