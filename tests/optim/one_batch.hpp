// What metrics say of one batch.
#pragma once
#include <vector>

#include <xtape/optim/metrics/metric.hpp>

namespace xtape::testing {

/// int64, (n).
inline Tensor integers(const std::vector<std::int64_t>& values) { return Tensor::from(values); }

/// The metric's result for this batch alone.
inline double after(const Metric& metric, const Tensor& y_true, const Tensor& y_pred,
    const Tensor& sample_weight = {}, const Tensor& mask = {}) {
  metric.reset_state();
  metric.update_state(y_true, y_pred, sample_weight, mask);
  return metric.result().item();
}

}  // namespace xtape::testing
