#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>
#include <xtape/optim/losses/regression.hpp>

namespace xtape {
namespace {

constexpr double epsilon = 1e-7;  // Keras's, where a divisor or a logarithm would not be finite

Tensor error(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  const auto [t, p] = compared(y_true, y_pred, owner);
  return subtract(p, t);
}

/// x divided by its length along an axis; zeros stay zeros.
Tensor direction(const Tensor& x, Index axis) { return divide(x, maximum(norm(x, 2, axis, true), epsilon)); }

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return mean(square(error(y_true, y_pred, "mean_squared_error")), -1);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return mean(abs(error(y_true, y_pred, "mean_absolute_error")), -1);
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = compared(y_true, y_pred, "mean_absolute_percentage_error");
  return multiply(mean(abs(divide(subtract(p, t), maximum(abs(t), epsilon))), -1), 100);
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = compared(y_true, y_pred, "mean_squared_logarithmic_error");
  return mean(square(subtract(log1p(maximum(p, epsilon)), log1p(maximum(t, epsilon)))), -1);
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Index axis) {
  const auto [t, p] = compared(y_true, y_pred, "cosine_similarity");
  return negative(sum(multiply(direction(t, axis), direction(p, axis)), axis));
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  return mean(log_cosh(error(y_true, y_pred, "log_cosh")), -1);
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  return mean(huber(error(y_true, y_pred, "huber"), delta), -1);
}

template class LossOf<MeanSquaredError>;
template class LossOf<MeanAbsoluteError>;
template class LossOf<MeanAbsolutePercentageError>;
template class LossOf<MeanSquaredLogarithmicError>;
template class LossOf<CosineSimilarity, CosineSimilarityConfig>;
template class LossOf<LogCosh>;
template class LossOf<Huber, HuberConfig>;

}  // namespace xtape
