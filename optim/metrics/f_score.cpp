#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/f_score.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

constexpr double epsilon = 1e-7;

/// Which predictions are positive.
Tensor positives(const Tensor& p, const std::optional<double>& threshold) {
  if (threshold) return greater(p, *threshold);
  return logical_and(greater_equal(p, max(p, -1, true)), greater(abs(p), 1e-9));
}

}  // namespace

void FScoreMetric::gather(
    const std::optional<std::string>& average, double beta, std::optional<double> threshold) const {
  require(!average || *average == "micro" || *average == "macro" || *average == "weighted", type_name(),
      "average must be None, micro, macro or weighted (received \"", average.value_or(""), "\")");
  require(beta > 0, type_name(), "beta must be positive (received beta=", beta, ")");
  require(!threshold || (0 < *threshold && *threshold <= 1), type_name(),
      "threshold must lie in (0, 1] (received threshold=", threshold.value_or(0), ")");
  const Tensor none = zeros({}, DType::float64);
  *state_ = {average.value_or(""), beta, threshold, none, none, none, none};
}

void FScoreMetric::update_state(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& /*mask*/) const {
  require(y_true.rank() == 2 && y_true.shape() == y_pred.shape(), type_name(),
      "y_true and y_pred must be (N, classes) (received ", y_true.shape(), ", ", y_pred.shape(), ")");
  const Tensor t = cast(y_true, DType::float64);
  const Tensor p = cast(positives(cast(y_pred, DType::float64), state_->threshold), DType::float64);
  const Tensor weight = sample_weight ? align_weight(cast(sample_weight, DType::float64), 2) : Tensor(1.0);
  const Axes axes = state_->average == "micro" ? Axes() : Axes(0);
  const auto total = [&](const Tensor& entries) { return sum(multiply(entries, weight), axes); };
  State next = *state_;
  next.true_positives = add(next.true_positives, total(multiply(p, t)));
  next.false_positives = add(next.false_positives, total(multiply(p, subtract(1, t))));
  next.false_negatives = add(next.false_negatives, total(multiply(subtract(1, p), t)));
  next.support = add(next.support, total(t));
  *state_ = next;
}

void FScoreMetric::reset_state() const {
  State& s = *state_;
  for (Tensor* t : {&s.true_positives, &s.false_positives, &s.false_negatives, &s.support})
    *t = zeros_like(*t);
}

Tensor FScoreMetric::value() const {
  const State& s = *state_;
  const Tensor& tp = s.true_positives;
  const Tensor precision = divide(tp, add(add(tp, s.false_positives), epsilon));
  const Tensor recall = divide(tp, add(add(tp, s.false_negatives), epsilon));
  const double b2 = s.beta * s.beta;
  const Tensor mixed = add(add(multiply(precision, b2), recall), epsilon);
  const Tensor score = multiply(divide(multiply(precision, recall), mixed), 1 + b2);
  if (s.average == "weighted") return sum(multiply(score, divide(s.support, add(sum(s.support), epsilon))));
  return s.average.empty() ? score : mean(score);
}

FBetaScore::FBetaScore(Config c) : MetricOf(std::move(c)) {
  gather(config().average, config().beta, config().threshold);
}

F1Score::F1Score(Config c) : MetricOf(std::move(c)) { gather(config().average, 1, config().threshold); }

template class MetricOf<FBetaScore, FBetaScoreConfig, FScoreMetric>;
template class MetricOf<F1Score, F1ScoreConfig, FScoreMetric>;

}  // namespace xtape::metrics
