#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/hinge.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>

namespace xtape {
namespace {

/// By how much each prediction misses its margin, or 0.
Tensor shortfall(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  const auto [t, p] = compared(y_true, y_pred, owner);
  const bool binary = all(logical_or(equal(t, 0), equal(t, 1))).item() != 0;
  return maximum(subtract(1, multiply(binary ? subtract(multiply(t, 2), 1) : t, p)), 0);
}

}  // namespace

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  return mean(shortfall(y_true, y_pred, "hinge"), -1);
}

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return mean(square(shortfall(y_true, y_pred, "squared_hinge")), -1);
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = compared(y_true, y_pred, "categorical_hinge");
  const Tensor own = sum(multiply(t, p), -1), other = max(multiply(subtract(1, t), p), -1);
  return maximum(add(subtract(other, own), 1), 0);
}

template class LossOf<Hinge>;
template class LossOf<SquaredHinge>;
template class LossOf<CategoricalHinge>;

}  // namespace xtape
