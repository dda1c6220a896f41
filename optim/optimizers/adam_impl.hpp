// Adam's rule, for the optimizers that use it. For source files.
#pragma once
#include <cmath>

#include <xtape/core/kernels/updates.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

/// m and v, and with amsgrad the largest v so far.
inline std::vector<Variable> adam_slots(const Variable& variable, bool amsgrad = false) {
  std::vector<Variable> slots{new_slot(variable, "momentum"), new_slot(variable, "velocity")};
  if (amsgrad) slots.push_back(new_slot(variable, "velocity_hat"));
  return slots;
}

/// The learning rate with both bias corrections of that step, counted from 1.
inline double adam_rate(double learning_rate, double beta_1, double beta_2, std::int64_t step) {
  const double t = static_cast<double>(step);
  return learning_rate * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t));
}

inline void adam_update(const Variable& variable, const Tensor& gradient, const std::vector<Variable>& slots,
    double rate, double beta_1, double beta_2, double epsilon) {
  dispatch_floating(variable.dtype(), "Adam", [&]<class T>() {
    T* v_max = slots.size() > 2 ? slots[2].mutable_data<T>() : nullptr;
    kernels::adam(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(), v_max,
        gradient.data<T>(), gradient.size(), rate, beta_1, beta_2, epsilon);
  });
}

}  // namespace xtape
