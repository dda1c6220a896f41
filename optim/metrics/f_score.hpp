// F scores: one number from precision and recall. https://keras.io/api/metrics/classification_metrics/
#pragma once
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// Gathers, for y_true and y_pred of (N, classes), each class's true positives, false positives and false negatives.
class FScoreMetric : public Metric {
 public:
  /// Throws ValueError for shapes other than (N, classes).
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const override;
  void reset_state() const override;

 protected:
  explicit FScoreMetric(std::string name) : Metric(std::move(name)), state_(std::make_shared<State>()) {}
  FScoreMetric(const FScoreMetric&) = default;

  /// Says what is gathered, in the constructor. Throws ValueError for an unknown average, a beta that is not positive, and a
  /// threshold outside (0, 1].
  void gather(const std::optional<std::string>& average, double beta, std::optional<double> threshold) const;
  Tensor value() const;

 private:
  struct State {
    std::string average;
    double beta = 1;
    std::optional<double> threshold;
    Tensor true_positives, false_positives, false_negatives, support;  // (classes,), or () for micro
  };
  std::shared_ptr<State> state_;
};

struct FBetaScoreConfig {
  std::optional<std::string> average = {};
  double beta = 1;
  std::optional<double> threshold = {};
  std::string name = "fbeta_score";
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = FBetaScoreConfig;
    return metric_fields<C>(
        Field{"average", &C::average, "micro, macro or weighted; absent: a score for each class."},
        Field{"beta", &C::beta, "How much more recall counts than precision."},
        Field{"threshold", &C::threshold,
            "Above it a prediction is positive; absent: where it is the largest."});
  }
};

/// (1 + b^2) p r / (b^2 p + r) with the precision p and the recall r of each class, and b = beta. A prediction is positive above
/// the threshold; without one, where it is the largest of its sample. average: micro counts all classes together, macro is
/// the mean of the classes' scores, weighted their mean by the number of true entries. Not in TF 2.4.
class FBetaScore final : public MetricOf<FBetaScore, FBetaScoreConfig, FScoreMetric> {
 public:
  static constexpr std::string_view class_name = "FBetaScore";
  explicit FBetaScore(Config config);
  FBetaScore() : FBetaScore(Config{}) {}
};

struct F1ScoreConfig {
  std::optional<std::string> average = {};
  std::optional<double> threshold = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = F1ScoreConfig;
    return metric_fields<C>(
        Field{"average", &C::average, "micro, macro or weighted; absent: a score for each class."},
        Field{"threshold", &C::threshold,
            "Above it a prediction is positive; absent: where it is the largest."});
  }
};

/// FBetaScore with beta 1: the harmonic mean of precision and recall.
class F1Score final : public MetricOf<F1Score, F1ScoreConfig, FScoreMetric> {
 public:
  static constexpr std::string_view class_name = "F1Score";
  explicit F1Score(Config config);
  F1Score() : F1Score(Config{}) {}
};

extern template class MetricOf<FBetaScore, FBetaScoreConfig, FScoreMetric>;
extern template class MetricOf<F1Score, F1ScoreConfig, FScoreMetric>;

}  // namespace xtape::metrics
