// Metrics of plain values, and of functions. https://keras.io/api/metrics/reduction_metrics/
#pragma once
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// What Mean and Sum have in common: they are told values, not truths and predictions.
class ValueMetric : public Metric {
 public:
  /// values: (N, ...); sample_weight: (N,), (N, 1) or with more axes of the values. Throws ValueError for further arguments.
  void update_state(const Tensor& values, const Tensor& sample_weight = {}, const Tensor& third = {},
      const Tensor& fourth = {}) const override;
  void reset_state() const override { *sum_ = {}; }

 protected:
  explicit ValueMetric(std::string name) : Metric(std::move(name)), sum_(std::make_shared<WeightedSum>()) {}
  ValueMetric(const ValueMetric&) = default;

  virtual void add(WeightedSum& sum, const Tensor& values, const Tensor& sample_weight) const = 0;
  virtual double value_of(const WeightedSum& sum) const = 0;
  Tensor value() const { return full({}, value_of(*sum_), DType::float64); }

 private:
  std::shared_ptr<WeightedSum> sum_;
};

/// sum(weight value) / sum(weight) of all values since the last reset; of a sample's several values the mean counts.
class Mean final : public MetricOf<Mean, MetricConfig, ValueMetric> {
 public:
  static constexpr std::string_view class_name = "Mean";
  using MetricOf::MetricOf;

 protected:
  void add(WeightedSum& sum, const Tensor& values, const Tensor& sample_weight) const override {
    sum.add_means(values, sample_weight);
  }
  double value_of(const WeightedSum& sum) const override { return sum.mean(); }
};

/// sum(weight value) of all values since the last reset.
class Sum final : public MetricOf<Sum, MetricConfig, ValueMetric> {
 public:
  static constexpr std::string_view class_name = "Sum";
  using MetricOf::MetricOf;

 protected:
  void add(WeightedSum& sum, const Tensor& values, const Tensor& sample_weight) const override {
    sum.add_sums(values, sample_weight);
  }
  double value_of(const WeightedSum& sum) const override { return sum.total(); }
};

/// The mean of a function of (y_true, y_pred) that gives a value for each sample (and step), or one for the batch.
class MeanMetricWrapper final : public MeanMetric {
 public:
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  explicit MeanMetricWrapper(Function function, std::string name = "mean_metric_wrapper")
      : MeanMetric(std::move(name)), function_(std::move(function)) {}

  Tensor result() const override { return value(); }
  std::string_view type_name() const override { return "MeanMetricWrapper"; }
  /// Throws ValueError: a plain function has no config.
  Json get_config() const override;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return function_(y_true, y_pred);
  }

 private:
  Function function_;
};

extern template class MetricOf<Mean, MetricConfig, ValueMetric>;
extern template class MetricOf<Sum, MetricConfig, ValueMetric>;

}  // namespace xtape::metrics
