#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/divergence.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>

namespace xtape {
namespace {

constexpr double epsilon = 1e-7;

}  // namespace

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  auto [t, p] = compared(y_true, y_pred, "kl_divergence");
  t = clip(t, epsilon, 1);
  p = clip(p, epsilon, 1);
  return sum(multiply(t, log(divide(t, p))), -1);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = compared(y_true, y_pred, "poisson");
  return mean(subtract(p, multiply(t, log(add(p, epsilon)))), -1);
}

template class LossOf<KLDivergence>;
template class LossOf<Poisson>;

}  // namespace xtape
