#include <algorithm>
#include <cmath>

#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>
#include <xtape/optim/optimizers/schedule_free_adamw.hpp>

namespace xtape {

ScheduleFreeAdamW::ScheduleFreeAdamW(Config c) : OptimizerOf(std::move(c)) {
  require(config().beta_1 > 0 && config().beta_1 <= 1, class_name,
      "beta_1 must lie in (0, 1] (received beta_1=", config().beta_1, ")");
}

Optimizer::Slots ScheduleFreeAdamW::new_slots(const Variable& variable) const {
  const Variable z(variable.current().detached(), variable.name() + "_momentum", false);
  return {z, new_slot(variable, "velocity")};
}

void ScheduleFreeAdamW::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t step) const {
  const Config& c = config();
  const double t = static_cast<double>(step);
  const double warmup = c.warmup_steps > 0 ? std::min(1.0, t / static_cast<double>(c.warmup_steps)) : 1;
  const kernels::ScheduleFreeRule rule{
      learning_rate * warmup, c.beta_1, c.beta_2, c.epsilon, 1 - std::pow(c.beta_2, t), 1 / t};
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::schedule_free(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(),
        gradient.data<T>(), gradient.size(), rule);
  });
}

void ScheduleFreeAdamW::swap_to_eval() const {
  const double b = config().beta_1;
  for_each_variable([&](const Variable& y, const Slots& slots) {
    y.assign(divide(subtract(y.current(), multiply(slots[0].current(), 1 - b)), b).detached());
  });
}

void ScheduleFreeAdamW::swap_to_train() const {
  const double b = config().beta_1;
  for_each_variable([&](const Variable& x, const Slots& slots) {
    x.assign(add(multiply(slots[0].current(), 1 - b), multiply(x.current(), b)).detached());
  });
}

template class OptimizerOf<ScheduleFreeAdamW, ScheduleFreeAdamWConfig>;

}  // namespace xtape
