#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>
#include <xtape/optim/losses/segmentation.hpp>

namespace xtape {
namespace {

constexpr double epsilon = 1e-7;

}  // namespace

Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [t, p] = compared(y_true, y_pred, "dice");
  const Tensor all = add(add(sum(t, axis), sum(p, axis)), epsilon);
  return subtract(1, divide(multiply(sum(multiply(t, p), axis), 2), all));
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta, const Axes& axis) {
  const auto [t, p] = compared(y_true, y_pred, "tversky");
  const Tensor both = sum(multiply(t, p), axis);
  const Tensor missed = sum(multiply(t, subtract(1, p)), axis);
  const Tensor invented = sum(multiply(p, subtract(1, t)), axis);
  const Tensor all = add(add(both, add(multiply(invented, alpha), multiply(missed, beta))), epsilon);
  return subtract(1, divide(both, all));
}

template class LossOf<Dice, DiceConfig>;
template class LossOf<Tversky, TverskyConfig>;

}  // namespace xtape
