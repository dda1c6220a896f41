#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>
#include <xtape/optim/metrics/regression.hpp>

namespace xtape::metrics {

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Index axis) {
  return negative(xtape::cosine_similarity(y_true, y_pred, axis));
}

Tensor RootMeanSquaredError::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [t, p] = compared(y_true, y_pred, class_name);
  return square(subtract(p, t));
}

Tensor RootMeanSquaredError::value() const { return sqrt(MetricOf::value()); }

template class MetricOf<MeanSquaredError>;
template class MetricOf<RootMeanSquaredError>;
template class MetricOf<MeanAbsoluteError>;
template class MetricOf<MeanAbsolutePercentageError>;
template class MetricOf<MeanSquaredLogarithmicError>;
template class MetricOf<LogCoshError, LogCoshErrorConfig>;
template class MetricOf<CosineSimilarity, CosineSimilarityConfig>;

}  // namespace xtape::metrics
