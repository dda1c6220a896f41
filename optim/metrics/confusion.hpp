// Metrics that count true and false positives and negatives. https://keras.io/api/metrics/classification_metrics/
//
// A prediction above a threshold is positive; y_true other than 0 is true. y_true and y_pred have one shape, (N, ..., C);
// each entry counts by the weight of its sample, or step. All throw ValueError for thresholds outside [0, 1].
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// How predictions become positives.
struct ConfusionRule {
  std::vector<double> thresholds = {};
  /// The thresholds are 0, 1 / n, 2 / n, ... 1: then predictions are sorted into buckets, at a cost that does not grow with n.
  bool even = false;
  /// The first threshold is a little below 0 and the last a little above 1, so that every prediction passes the one and none
  /// the other.
  bool open_ends = false;
  /// Only the k largest predictions along the last axis may be positive.
  std::optional<Index> top_k = {};
  /// Only this class, an entry of the last axis, counts.
  std::optional<Index> class_id = {};
  /// The entries of the last axis are counted one by one; else together, each with its label weight.
  bool multi_label = false;
  Tensor label_weights = {};
};

/// The thresholds of an argument, or that one when it is absent. Throws ValueError unless all lie in [0, 1].
ConfusionRule thresholds_rule(
    const std::optional<NumberOrList>& thresholds, double otherwise, std::string_view owner);

/// Sums of weights, (labels, thresholds) in double; one label unless it is counted label by label.
struct ConfusionCounts {
  Tensor true_positives, false_positives, true_negatives, false_negatives;
};
/// Of one batch. Throws ValueError for shapes that do not fit the rule.
ConfusionCounts count_confusion(const ConfusionRule& rule, const Tensor& y_true, const Tensor& y_pred,
    const Tensor& sample_weight, std::string_view owner);

/// A metric that is made of such counts.
class ConfusionMetric : public Metric {
 public:
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const override;
  void reset_state() const override;

 protected:
  explicit ConfusionMetric(std::string name) : Metric(std::move(name)), state_(std::make_shared<State>()) {}
  ConfusionMetric(const ConfusionMetric&) = default;

  /// Says what is counted; in the constructor.
  void count_by(ConfusionRule rule) const;
  const ConfusionCounts& counts() const { return state_->counts; }
  const ConfusionRule& rule() const { return state_->rule; }
  /// What is counted, for metrics that have to look at y_pred first.
  virtual Tensor prepared(const Tensor& y_pred) const { return y_pred; }
  /// The result, from the counts.
  virtual Tensor value() const = 0;

 private:
  struct State {
    ConfusionRule rule;
    ConfusionCounts counts;
  };
  std::shared_ptr<State> state_;
};

struct ThresholdsConfig {
  /// A number, or a list, for which the result is a list too; 0.5 when absent.
  std::optional<NumberOrList> thresholds = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = ThresholdsConfig;
    return metric_fields<C>(Field{"thresholds", &C::thresholds, "Above which a prediction is positive."});
  }
};

/// The number of true entries whose prediction is positive.
class TruePositives final : public MetricOf<TruePositives, ThresholdsConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "TruePositives";
  explicit TruePositives(Config config);
  TruePositives() : TruePositives(Config{}) {}

 protected:
  Tensor value() const override;
};

/// The number of other entries whose prediction is positive.
class FalsePositives final : public MetricOf<FalsePositives, ThresholdsConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "FalsePositives";
  explicit FalsePositives(Config config);
  FalsePositives() : FalsePositives(Config{}) {}

 protected:
  Tensor value() const override;
};

/// The number of other entries whose prediction is not positive.
class TrueNegatives final : public MetricOf<TrueNegatives, ThresholdsConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "TrueNegatives";
  explicit TrueNegatives(Config config);
  TrueNegatives() : TrueNegatives(Config{}) {}

 protected:
  Tensor value() const override;
};

/// The number of true entries whose prediction is not positive.
class FalseNegatives final : public MetricOf<FalseNegatives, ThresholdsConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "FalseNegatives";
  explicit FalseNegatives(Config config);
  FalseNegatives() : FalseNegatives(Config{}) {}

 protected:
  Tensor value() const override;
};

struct PrecisionRecallConfig {
  /// 0.5 when absent; with top_k and without thresholds all of the k largest are positive.
  std::optional<NumberOrList> thresholds = {};
  std::optional<Index> top_k = {};
  std::optional<Index> class_id = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = PrecisionRecallConfig;
    return metric_fields<C>(Field{"thresholds", &C::thresholds, "Above which a prediction is positive."},
        Field{"top_k", &C::top_k, "Only the k largest predictions of a sample may be positive."},
        Field{"class_id", &C::class_id, "The only class that counts."});
  }
};

/// Of the positive predictions, how many are true: tp / (tp + fp), 0 when there are none.
class Precision final : public MetricOf<Precision, PrecisionRecallConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "Precision";
  explicit Precision(Config config);
  Precision() : Precision(Config{}) {}

 protected:
  Tensor value() const override;
};

/// Of the true entries, how many have a positive prediction: tp / (tp + fn), 0 when there are none.
class Recall final : public MetricOf<Recall, PrecisionRecallConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "Recall";
  explicit Recall(Config config);
  Recall() : Recall(Config{}) {}

 protected:
  Tensor value() const override;
};

/// tp / (tp + fp), tp / (tp + fn), tn / (tn + fp), each 0 where it would be 0 / 0.
Tensor precision_of(const ConfusionCounts& counts);
Tensor recall_of(const ConfusionCounts& counts);
Tensor specificity_of(const ConfusionCounts& counts);
/// a / b, 0 where b is 0.
Tensor divide_or_zero(const Tensor& a, const Tensor& b);

extern template class MetricOf<TruePositives, ThresholdsConfig, ConfusionMetric>;
extern template class MetricOf<FalsePositives, ThresholdsConfig, ConfusionMetric>;
extern template class MetricOf<TrueNegatives, ThresholdsConfig, ConfusionMetric>;
extern template class MetricOf<FalseNegatives, ThresholdsConfig, ConfusionMetric>;
extern template class MetricOf<Precision, PrecisionRecallConfig, ConfusionMetric>;
extern template class MetricOf<Recall, PrecisionRecallConfig, ConfusionMetric>;

}  // namespace xtape::metrics
