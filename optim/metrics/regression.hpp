// Metrics between real numbers. https://keras.io/api/metrics/regression_metrics/
//
// The formulas are those of the losses (losses/regression.hpp), averaged over all samples seen.
#pragma once
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// sum t p / (|t| |p|) along an axis, the cosine of the angle: minus the loss of that name
Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Index axis = -1);

/// The mean of (y_pred - y_true)^2.
class MeanSquaredError final : public MetricOf<MeanSquaredError> {
 public:
  static constexpr std::string_view class_name = "MeanSquaredError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_squared_error(y_true, y_pred);
  }
};

/// The root of the mean of (y_pred - y_true)^2.
class RootMeanSquaredError final : public MetricOf<RootMeanSquaredError> {
 public:
  static constexpr std::string_view class_name = "RootMeanSquaredError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Tensor value() const override;
};

/// The mean of |y_pred - y_true|.
class MeanAbsoluteError final : public MetricOf<MeanAbsoluteError> {
 public:
  static constexpr std::string_view class_name = "MeanAbsoluteError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_absolute_error(y_true, y_pred);
  }
};

/// The mean of 100 |y_pred - y_true| / |y_true|. Divisors below 1e-7 are 1e-7.
class MeanAbsolutePercentageError final : public MetricOf<MeanAbsolutePercentageError> {
 public:
  static constexpr std::string_view class_name = "MeanAbsolutePercentageError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_absolute_percentage_error(y_true, y_pred);
  }
};

/// The mean of (ln(1 + y_pred) - ln(1 + y_true))^2. Numbers below 1e-7 count as 1e-7.
class MeanSquaredLogarithmicError final : public MetricOf<MeanSquaredLogarithmicError> {
 public:
  static constexpr std::string_view class_name = "MeanSquaredLogarithmicError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_squared_logarithmic_error(y_true, y_pred);
  }
};

struct LogCoshErrorConfig {
  std::string name = "logcosh";
  std::optional<DType> dtype = {};
  static constexpr auto fields() { return metric_fields<LogCoshErrorConfig>(); }
};

/// The mean of ln cosh(y_pred - y_true).
class LogCoshError final : public MetricOf<LogCoshError, LogCoshErrorConfig> {
 public:
  static constexpr std::string_view class_name = "LogCoshError";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return log_cosh(y_true, y_pred);
  }
};

struct CosineSimilarityConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  Index axis = -1;
  static constexpr auto fields() {
    using C = CosineSimilarityConfig;
    return metric_fields<C>(Field{"axis", &C::axis, "The axis that a vector runs along."});
  }
};

/// The mean of the cosine of the angle between y_true and y_pred: 1 where they point the same way. The loss of that name is
/// its negative.
class CosineSimilarity final : public MetricOf<CosineSimilarity, CosineSimilarityConfig> {
 public:
  static constexpr std::string_view class_name = "CosineSimilarity";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return metrics::cosine_similarity(y_true, y_pred, config().axis);
  }
};

extern template class MetricOf<MeanSquaredError>;
extern template class MetricOf<RootMeanSquaredError>;
extern template class MetricOf<MeanAbsoluteError>;
extern template class MetricOf<MeanAbsolutePercentageError>;
extern template class MetricOf<MeanSquaredLogarithmicError>;
extern template class MetricOf<LogCoshError, LogCoshErrorConfig>;
extern template class MetricOf<CosineSimilarity, CosineSimilarityConfig>;

}  // namespace xtape::metrics
