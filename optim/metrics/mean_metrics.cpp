#include <nlohmann/json.hpp>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/loss.hpp>
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/metrics/mean_metrics.hpp>

namespace xtape {

void MeanMetric::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  const Tensor v = values(y_true, y_pred);
  sums_->total += reduce_weighted_values(v, sample_weight, Reduction::sum).item();
  if (sample_weight) {
    sums_->count += reduce_weighted_values(ones_like(v), sample_weight, Reduction::sum).item();
  } else {
    sums_->count += static_cast<double>(v.size());
  }
}

Tensor MeanMetric::result() const {
  return full({}, sums_->count == 0 ? 0 : sums_->total / sums_->count, DType::float64);
}

Tensor MeanSquaredErrorMetric::values(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_squared_error(y_true, y_pred);
}
Tensor MeanAbsoluteErrorMetric::values(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_absolute_error(y_true, y_pred);
}
Json MeanSquaredErrorMetric::get_config() const { return {{"name", name()}}; }
Json MeanAbsoluteErrorMetric::get_config() const { return {{"name", name()}}; }

}  // namespace xtape
