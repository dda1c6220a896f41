#include <cmath>

#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/core/kernels/updates.hpp>
#include <xtape/optim/optimizers/lamb.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Optimizer::Slots Lamb::new_slots(const Variable& variable) const {
  return {new_slot(variable, "momentum"), new_slot(variable, "velocity")};
}

void Lamb::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t step) const {
  const Config& c = config();
  const double t = static_cast<double>(step);
  const kernels::LambRule rule{
      c.beta_1, c.beta_2, c.epsilon, 1 - std::pow(c.beta_1, t), 1 - std::pow(c.beta_2, t)};
  const Tensor direction = Tensor::empty(gradient.shape(), gradient.dtype());
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    const Index n = gradient.size();
    T *w = variable.mutable_data<T>(), *d = direction.mutable_data<T>();
    kernels::lamb_step(
        d, slots[0].mutable_data<T>(), slots[1].mutable_data<T>(), gradient.data<T>(), n, rule);
    const double w_norm = std::sqrt(kernels::sum_of_squares(w, n));
    const double d_norm = std::sqrt(kernels::sum_of_squares(d, n));
    const double ratio = w_norm > 0 && d_norm > 0 ? w_norm / d_norm : 1;
    kernels::sgd(w, d, n, learning_rate * ratio);
  });
}

template class OptimizerOf<Lamb, LambConfig>;

}  // namespace xtape
