#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/correlation.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

constexpr double epsilon = 1e-7;

Tensor centred(const Tensor& x, const Axes& axis) { return subtract(x, mean(x, axis, true)); }

}  // namespace

Tensor pearson_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [t, p] = compared(y_true, y_pred, "pearson_correlation");
  const auto standardized = [&](const Tensor& x) {
    return divide(centred(x, axis), add(stddev(x, axis, true), epsilon));
  };
  return mean(multiply(standardized(t), standardized(p)), axis);
}

Tensor concordance_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [t, p] = compared(y_true, y_pred, "concordance_correlation");
  const Tensor covariance = mean(multiply(centred(t, axis), centred(p, axis)), axis);
  const Tensor apart = square(subtract(mean(t, axis), mean(p, axis)));
  const Tensor norm = add(add(variance(t, axis), variance(p, axis)), add(apart, epsilon));
  return divide(multiply(covariance, 2), norm);
}

void R2Metric::update_state(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& /*mask*/) const {
  Tensor t = cast(y_true, DType::float64), p = cast(y_pred, DType::float64);
  match_ranks(t, p);
  require(t.rank() == 2 && t.shape() == p.shape(), type_name(),
      "y_true and y_pred must be (N, columns) (received ", y_true.shape(), ", ", y_pred.shape(), ")");
  const Tensor weight = broadcast_to(
      sample_weight ? align_weight(cast(sample_weight, DType::float64), 2) : ones({}, DType::float64),
      t.shape());
  const auto total = [&](const Tensor& x) { return sum(multiply(x, weight), 0); };
  State& s = *state_;
  s = {add(s.sum, total(t)), add(s.squares, total(square(t))), add(s.errors, total(square(subtract(t, p)))),
      add(s.weight, sum(weight, 0)), s.entries + static_cast<double>(t.size())};
}

R2Score::R2Score(Config c) : MetricOf(std::move(c)) {
  const auto& aggregation = config().class_aggregation;
  require(!aggregation || *aggregation == "uniform_average" || *aggregation == "variance_weighted_average",
      class_name, "class_aggregation must be None, uniform_average or variance_weighted_average (received \"",
      aggregation.value_or(""), "\")");
  require(config().num_regressors >= 0, class_name,
      "num_regressors must be at least 0 (received num_regressors=", config().num_regressors, ")");
}

Tensor R2Score::value() const {
  const State& s = state();
  const Tensor variation = subtract(s.squares, divide(square(s.sum), s.weight));
  const Tensor plain = subtract(1, divide(s.errors, variation));
  Tensor score = where(isinf(plain), 0, plain);
  const std::string aggregation = config().class_aggregation.value_or("");
  if (aggregation == "uniform_average") score = mean(score);
  if (aggregation == "variance_weighted_average")
    score = divide(sum(multiply(variation, score)), sum(variation));
  const auto k = static_cast<double>(config().num_regressors);
  if (k == 0 || k >= s.entries - 1) return score;
  return subtract(1, multiply(subtract(1, score), (s.entries - 1) / (s.entries - k - 1)));
}

template class MetricOf<PearsonCorrelation, CorrelationConfig>;
template class MetricOf<ConcordanceCorrelation, CorrelationConfig>;
template class MetricOf<R2Score, R2ScoreConfig, R2Metric>;

}  // namespace xtape::metrics
