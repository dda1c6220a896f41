#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {

void ValueMetric::update_state(
    const Tensor& values, const Tensor& sample_weight, const Tensor& third, const Tensor& fourth) const {
  require(
      !third && !fourth, name(), "update_state takes values and their weights, not truths and predictions");
  add(*sum_, values, sample_weight);
}

Json MeanMetricWrapper::get_config() const {
  throw ValueError(concat(name(), ": a plain function has no config; derive a class from MetricOf"));
}

template class MetricOf<Mean, MetricConfig, ValueMetric>;
template class MetricOf<Sum, MetricConfig, ValueMetric>;

}  // namespace xtape::metrics
