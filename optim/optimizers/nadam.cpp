#include <algorithm>
#include <cmath>

#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/nadam.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

namespace {

/// u_t = beta_1 (1 - 0.96^t / 2)
double momentum_at(double beta_1, std::int64_t t) {
  return beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t)));
}

/// U_t = u_1 ... u_t. From step 1000 on 0.96^t is nothing beside 1, and all further factors are beta_1.
double momentum_product(double beta_1, std::int64_t t) {
  constexpr std::int64_t settled = 1000;
  double product = t > settled ? std::pow(beta_1, static_cast<double>(t - settled)) : 1;
  for (std::int64_t k = 1; k <= std::min(t, settled); ++k) product *= momentum_at(beta_1, k);
  return product;
}

}  // namespace

Optimizer::Slots Nadam::new_slots(const Variable& variable) const {
  return {new_slot(variable, "momentum"), new_slot(variable, "velocity")};
}

void Nadam::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t step) const {
  const Config& c = config();
  const double u = momentum_at(c.beta_1, step), u_next = momentum_at(c.beta_1, step + 1);
  const double product = momentum_product(c.beta_1, step);
  const kernels::NadamRule rule{learning_rate, c.beta_1, c.beta_2, c.epsilon, u_next / (1 - product * u_next),
      (1 - u) / (1 - product), 1 - std::pow(c.beta_2, static_cast<double>(step))};
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::nadam(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(),
        gradient.data<T>(), gradient.size(), rule);
  });
}

template class OptimizerOf<Nadam, NadamConfig>;

}  // namespace xtape
