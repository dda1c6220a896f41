// How well predictions follow the truth. https://keras.io/api/metrics/regression_metrics/
#pragma once
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// The covariance of t and p divided by the product of their standard deviations, along the axes; -1 to 1.
Tensor pearson_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis = -1);
/// Twice the covariance, divided by var t + var p + (mean t - mean p)^2: 1 only where p = t (Lin, "A Concordance Correlation
/// Coefficient to Evaluate Reproducibility", 1989).
Tensor concordance_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis = -1);

struct CorrelationConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  Axes axis = -1;
  static constexpr auto fields() {
    using C = CorrelationConfig;
    return metric_fields<C>(Field{"axis", &C::axis, "The axis, or axes, that a series runs along."});
  }
};

/// The mean over samples of Pearson's correlation between y_true and y_pred. Not in TF 2.4.
class PearsonCorrelation final : public MetricOf<PearsonCorrelation, CorrelationConfig> {
 public:
  static constexpr std::string_view class_name = "PearsonCorrelation";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return pearson_correlation(y_true, y_pred, config().axis);
  }
};

/// The mean over samples of Lin's concordance correlation between y_true and y_pred. Not in TF 2.4.
class ConcordanceCorrelation final : public MetricOf<ConcordanceCorrelation, CorrelationConfig> {
 public:
  static constexpr std::string_view class_name = "ConcordanceCorrelation";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return concordance_correlation(y_true, y_pred, config().axis);
  }
};

struct R2ScoreConfig {
  std::optional<std::string> class_aggregation = "uniform_average";
  Index num_regressors = 0;
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = R2ScoreConfig;
    return metric_fields<C>(
        Field{"class_aggregation", &C::class_aggregation,
            "uniform_average or variance_weighted_average; absent: a score for each column."},
        Field{"num_regressors", &C::num_regressors,
            "The number of regressors, for the adjusted score; 0: not adjusted."});
  }
};

/// What R2Score gathers: sums over samples for each column.
class R2Metric : public Metric {
 public:
  /// y_true, y_pred: (N, columns), or one of them (N,) and the other (N, 1). Throws ValueError for other shapes.
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const override;
  void reset_state() const override { *state_ = {}; }

 protected:
  explicit R2Metric(std::string name) : Metric(std::move(name)), state_(std::make_shared<State>()) {}
  R2Metric(const R2Metric&) = default;

  struct State {
    Tensor sum = zeros({1}, DType::float64), squares = sum, errors = sum, weight = sum;
    double entries = 0;
  };
  const State& state() const { return *state_; }
  virtual Tensor value() const = 0;

 private:
  std::shared_ptr<State> state_;
};

/// 1 - sum (t - p)^2 / sum (t - mean t)^2 of each column: 1 for perfect predictions, 0 for those that always say the mean. Columns
/// that do not vary count 0. With num_regressors k the score R of n entries is adjusted: 1 - (1 - R) (n - 1) / (n - k - 1); it
/// stays R where k >= n - 1. Not in TF 2.4.
class R2Score final : public MetricOf<R2Score, R2ScoreConfig, R2Metric> {
 public:
  static constexpr std::string_view class_name = "R2Score";
  /// Throws ValueError for an unknown class_aggregation and a negative num_regressors.
  explicit R2Score(Config config);
  R2Score() : R2Score(Config{}) {}

 protected:
  Tensor value() const override;
};

extern template class MetricOf<PearsonCorrelation, CorrelationConfig>;
extern template class MetricOf<ConcordanceCorrelation, CorrelationConfig>;
extern template class MetricOf<R2Score, R2ScoreConfig, R2Metric>;

}  // namespace xtape::metrics
