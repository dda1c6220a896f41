// Sums and means of values over all samples seen.
#pragma once
#include <memory>
#include <optional>

#include <xtape/core/dtype.hpp>
#include <xtape/optim/metrics/metric.hpp>

namespace xtape::metrics {

/// value as it is, or cast.
Tensor in_dtype(const Tensor& value, std::optional<DType> dtype);

/// Samples' values and weights added up, in double. A sample counts by its weight, or 1.
class WeightedSum {
 public:
  /// Values (N, ...): of each sample the mean over its further axes, each value times its weight. sample_weight: (N,), (N, 1)
  /// or with more axes of the values; those it lacks are averaged first. One number counts as one sample.
  void add_means(const Tensor& values, const Tensor& sample_weight);
  /// The same with sums instead of means over further axes.
  void add_sums(const Tensor& values, const Tensor& sample_weight);

  double total() const { return total_; }
  /// total / the sum of the weights; 0 when nothing counts.
  double mean() const { return count_ == 0 ? 0 : total_ / count_; }

 private:
  double total_ = 0, count_ = 0;
};

/// A metric that is the mean of a function of (y_true, y_pred).
class MeanMetric : public Metric {
 public:
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const override;
  void reset_state() const override { *sum_ = {}; }

 protected:
  explicit MeanMetric(std::string name) : Metric(std::move(name)), sum_(std::make_shared<WeightedSum>()) {}
  MeanMetric(const MeanMetric&) = default;

  /// One value for each sample (and step).
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// The result, from the mean.
  virtual Tensor value() const { return full({}, sum_->mean(), DType::float64); }

 private:
  std::shared_ptr<WeightedSum> sum_;
};

}  // namespace xtape::metrics
