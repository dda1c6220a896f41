#include <xtape/optim/metrics/mean_metrics.hpp>
#include <xtape/optim/metrics/registry.hpp>

namespace xtape {

const Registry<AnyMetric>& metric_registry() {
  static const auto registry = [] {
    auto r = Registry<AnyMetric>::of<MeanSquaredErrorMetric, MeanAbsoluteErrorMetric>();
    for (const char* name : {"mse", "MSE"}) r.alias(name, "MeanSquaredError");
    for (const char* name : {"mae", "MAE"}) r.alias(name, "MeanAbsoluteError");
    return r;
  }();
  return registry;
}

AnyMetric::AnyMetric(const std::string& name)
    : AnyMetric(metric_registry().make(name, Json::object(), "metric")) {}

}  // namespace xtape
