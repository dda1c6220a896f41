#include <algorithm>
#include <cmath>
#include <limits>

#include <xtape/core/ops/cumulative.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/confusion.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

constexpr double lowest = -1e10;  // what a prediction becomes that may not be positive

/// Whether the thresholds are 0, 1 / n, ... 1, as near as Keras asks.
bool are_even(const std::vector<double>& thresholds) {
  const std::size_t n = thresholds.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(n - 1);
    if (!(std::abs(thresholds[i] - even) <= 1e-7 + 1e-5 * even)) return false;
  }
  return n >= 3;
}

/// x where it is one of the k largest along the last axis, of equal ones the first; the lowest value elsewhere.
Tensor only_top(const Tensor& x, Index k) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor rest = x, chosen = zeros(x.shape(), DType::boolean);
  for (Index i = 0; i < k; ++i) {
    const Tensor largest = one_hot(argmax(rest, -1), x.dim(-1), -1, DType::boolean);
    chosen = logical_or(chosen, largest);
    rest = where(largest, -infinity, rest);
  }
  return where(chosen, x, lowest);
}

/// (labels, thresholds): for each threshold the weights of the predictions above it.
/// Both arguments are (labels, entries).
Tensor weight_above(const ConfusionRule& rule, const Tensor& predictions, const Tensor& weights) {
  const auto n = static_cast<Index>(rule.thresholds.size());
  if (rule.even) {  // bucket i holds what is above threshold i - 1, but not above threshold i
    const Tensor place = ceil(multiply(clip(predictions, 0, 1), static_cast<double>(n - 1)));
    const Tensor bucket = cast(rule.open_ends ? maximum(place, 1) : place, DType::int64);
    const Tensor sums = scatter_add(zeros({weights.dim(0), n}, DType::float64), bucket, weights, 1, 1);
    return cumsum(sums, 1, {.exclusive = true, .reverse = true});
  }
  const Tensor above = greater(expand_dims(predictions, 1), reshape(Tensor::from(rule.thresholds), {n, 1}));
  return squeeze(matmul(cast(above, DType::float64), expand_dims(weights, -1)), -1);
}

}  // namespace

ConfusionRule thresholds_rule(
    const std::optional<NumberOrList>& thresholds, double otherwise, std::string_view owner) {
  ConfusionRule rule;
  rule.thresholds = thresholds ? thresholds->values() : std::vector<double>{otherwise};
  if (thresholds)
    for (const double t : rule.thresholds)
      require(0 <= t && t <= 1, owner, "thresholds must lie in [0, 1] (received ", t, ")");
  rule.even = are_even(rule.thresholds);
  return rule;
}

ConfusionCounts count_confusion(const ConfusionRule& rule, const Tensor& y_true, const Tensor& y_pred,
    const Tensor& sample_weight, std::string_view owner) {
  Tensor truth = cast(not_equal(y_true, 0), DType::float64), p = cast(y_pred, DType::float64);
  match_ranks(p, truth);
  require(truth.shape() == p.shape(), owner, "y_true and y_pred must have one shape (received ",
      y_true.shape(), ", ", y_pred.shape(), ")");
  if (rule.top_k) {
    require(p.rank() >= 1 && *rule.top_k <= p.dim(-1), owner, "top_k must not be more than the classes, ",
        p.shape(), " (received top_k=", *rule.top_k, ")");
    p = only_top(p, *rule.top_k);
  }
  const Tensor weight =
      sample_weight ? align_weight(cast(sample_weight, DType::float64), p.rank()) : Tensor(1.0);
  if (rule.class_id) {
    const Index id = *rule.class_id;
    require(p.rank() >= 2 && 0 <= id && id < p.dim(-1), owner, "class_id must be one of the classes, ",
        p.shape(), " (received class_id=", id, ")");
    p = slice(p, -1, id, id + 1);
    truth = slice(truth, -1, id, id + 1);
  }
  require(!rule.multi_label || p.rank() == 2, owner, "with multi_label y_pred must be (N, labels) (received ",
      y_pred.shape(), ")");
  Tensor weights = cast(broadcast_to(weight, p.shape()), DType::float64);
  if (rule.label_weights && !rule.multi_label) weights = multiply(weights, rule.label_weights);
  const auto by_label = [&](const Tensor& t) {
    return rule.multi_label ? transpose(t) : reshape(t, {1, t.size()});
  };
  const Tensor predictions = by_label(p), true_weights = by_label(multiply(truth, weights)),
               other_weights = by_label(multiply(subtract(1, truth), weights));
  const Tensor tp = weight_above(rule, predictions, true_weights),
               fp = weight_above(rule, predictions, other_weights);
  return {tp, fp, subtract(sum(other_weights, 1, true), fp), subtract(sum(true_weights, 1, true), tp)};
}

void ConfusionMetric::count_by(ConfusionRule rule) const {
  state_->rule = std::move(rule);
  const Tensor none = zeros({1, static_cast<Index>(state_->rule.thresholds.size())}, DType::float64);
  state_->counts = {none, none, none, none};
}

void ConfusionMetric::update_state(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& /*mask*/) const {
  const ConfusionCounts batch =
      count_confusion(state_->rule, y_true, prepared(y_pred), sample_weight, type_name());
  const ConfusionCounts& c = state_->counts;
  state_->counts = {add(c.true_positives, batch.true_positives),
      add(c.false_positives, batch.false_positives), add(c.true_negatives, batch.true_negatives),
      add(c.false_negatives, batch.false_negatives)};
}

void ConfusionMetric::reset_state() const {
  const Tensor none = zeros_like(state_->counts.true_positives);
  state_->counts = {none, none, none, none};
}

Tensor divide_or_zero(const Tensor& a, const Tensor& b) {
  const Tensor nothing = equal(b, 0);
  return where(nothing, 0, divide(a, where(nothing, 1, b)));
}

Tensor precision_of(const ConfusionCounts& c) {
  return divide_or_zero(c.true_positives, add(c.true_positives, c.false_positives));
}

Tensor recall_of(const ConfusionCounts& c) {
  return divide_or_zero(c.true_positives, add(c.true_positives, c.false_negatives));
}

Tensor specificity_of(const ConfusionCounts& c) {
  return divide_or_zero(c.true_negatives, add(c.true_negatives, c.false_positives));
}

namespace {

/// (1, thresholds) as a list, or as a number where there is one threshold.
Tensor by_threshold(const Tensor& counts) { return squeeze(counts); }

ConfusionRule precision_rule(const PrecisionRecallConfig& c, std::string_view owner) {
  require(!c.top_k || *c.top_k >= 1, owner, "top_k must be at least 1 (received top_k=", c.top_k.value_or(0),
      ")");
  ConfusionRule rule = thresholds_rule(c.thresholds, c.top_k ? lowest : 0.5, owner);
  rule.top_k = c.top_k;
  rule.class_id = c.class_id;
  return rule;
}

}  // namespace

TruePositives::TruePositives(Config c) : MetricOf(std::move(c)) {
  count_by(thresholds_rule(config().thresholds, 0.5, class_name));
}
Tensor TruePositives::value() const { return by_threshold(counts().true_positives); }

FalsePositives::FalsePositives(Config c) : MetricOf(std::move(c)) {
  count_by(thresholds_rule(config().thresholds, 0.5, class_name));
}
Tensor FalsePositives::value() const { return by_threshold(counts().false_positives); }

TrueNegatives::TrueNegatives(Config c) : MetricOf(std::move(c)) {
  count_by(thresholds_rule(config().thresholds, 0.5, class_name));
}
Tensor TrueNegatives::value() const { return by_threshold(counts().true_negatives); }

FalseNegatives::FalseNegatives(Config c) : MetricOf(std::move(c)) {
  count_by(thresholds_rule(config().thresholds, 0.5, class_name));
}
Tensor FalseNegatives::value() const { return by_threshold(counts().false_negatives); }

Precision::Precision(Config c) : MetricOf(std::move(c)) { count_by(precision_rule(config(), class_name)); }
Tensor Precision::value() const { return by_threshold(precision_of(counts())); }

Recall::Recall(Config c) : MetricOf(std::move(c)) { count_by(precision_rule(config(), class_name)); }
Tensor Recall::value() const { return by_threshold(recall_of(counts())); }

template class MetricOf<TruePositives, ThresholdsConfig, ConfusionMetric>;
template class MetricOf<FalsePositives, ThresholdsConfig, ConfusionMetric>;
template class MetricOf<TrueNegatives, ThresholdsConfig, ConfusionMetric>;
template class MetricOf<FalseNegatives, ThresholdsConfig, ConfusionMetric>;
template class MetricOf<Precision, PrecisionRecallConfig, ConfusionMetric>;
template class MetricOf<Recall, PrecisionRecallConfig, ConfusionMetric>;

}  // namespace xtape::metrics
