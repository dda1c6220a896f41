#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>
#include <xtape/optim/metrics/trade_off.hpp>

namespace xtape::metrics {

void TradeOff::count(const std::optional<double>& required, std::string_view rate, Index num_thresholds,
    std::optional<Index> class_id) const {
  require(required && 0 <= *required && *required <= 1, type_name(), rate, " must lie in [0, 1] (received ",
      rate, "=", required ? concat(*required) : "None", ")");
  require(num_thresholds >= 1, type_name(),
      "num_thresholds must be at least 1 (received num_thresholds=", num_thresholds, ")");
  ConfusionRule rule;
  rule.class_id = class_id;
  rule.even = num_thresholds > 1;
  rule.thresholds =
      rule.even ? linspace(0, 1, num_thresholds, true, DType::float64).to_vector() : std::vector<double>{0.5};
  count_by(std::move(rule));
}

Tensor TradeOff::best(
    const Tensor& wanted, const Tensor& constrained, const std::optional<double>& required) {
  return max(where(greater_equal(constrained, *required), wanted, 0));
}

SensitivityAtSpecificity::SensitivityAtSpecificity(Config c) : MetricOf(std::move(c)) {
  count(config().specificity, "specificity", config().num_thresholds, config().class_id);
}
Tensor SensitivityAtSpecificity::value() const {
  return best(recall_of(counts()), specificity_of(counts()), config().specificity);
}

SpecificityAtSensitivity::SpecificityAtSensitivity(Config c) : MetricOf(std::move(c)) {
  count(config().sensitivity, "sensitivity", config().num_thresholds, config().class_id);
}
Tensor SpecificityAtSensitivity::value() const {
  return best(specificity_of(counts()), recall_of(counts()), config().sensitivity);
}

PrecisionAtRecall::PrecisionAtRecall(Config c) : MetricOf(std::move(c)) {
  count(config().recall, "recall", config().num_thresholds, config().class_id);
}
Tensor PrecisionAtRecall::value() const {
  return best(precision_of(counts()), recall_of(counts()), config().recall);
}

RecallAtPrecision::RecallAtPrecision(Config c) : MetricOf(std::move(c)) {
  count(config().precision, "precision", config().num_thresholds, config().class_id);
}
Tensor RecallAtPrecision::value() const {
  return best(recall_of(counts()), precision_of(counts()), config().precision);
}

template class MetricOf<SensitivityAtSpecificity, SensitivityAtSpecificityConfig, TradeOff>;
template class MetricOf<SpecificityAtSensitivity, SpecificityAtSensitivityConfig, TradeOff>;
template class MetricOf<PrecisionAtRecall, PrecisionAtRecallConfig, TradeOff>;
template class MetricOf<RecallAtPrecision, RecallAtPrecisionConfig, TradeOff>;

}  // namespace xtape::metrics
