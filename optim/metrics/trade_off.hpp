// The best of one rate while another is good enough, over many thresholds.
// https://keras.io/api/metrics/classification_metrics/
#pragma once
#include <xtape/optim/metrics/confusion.hpp>

namespace xtape::metrics {

/// What the four have in common: a Config whose required rate has the name that it has in Keras.
template <class Config, class... Rate>
constexpr auto trade_off_fields(Rate... rate) {
  using C = Config;
  return metric_fields<C>(rate...,
      Field{"num_thresholds", &C::num_thresholds, "How many thresholds are tried, evenly from 0 to 1."},
      Field{"class_id", &C::class_id, "The only class that counts."});
}

class TradeOff : public ConfusionMetric {
 protected:
  using ConfusionMetric::ConfusionMetric;

  /// Throws ValueError unless the rate lies in [0, 1] and there is a threshold.
  void count(const std::optional<double>& required, std::string_view rate, Index num_thresholds,
      std::optional<Index> class_id) const;
  /// The largest of `wanted` at thresholds where `constrained` is at least `required`; 0 when there is none.
  static Tensor best(const Tensor& wanted, const Tensor& constrained, const std::optional<double>& required);
};

struct SensitivityAtSpecificityConfig {
  std::optional<double> specificity = {};
  Index num_thresholds = 200;
  std::optional<Index> class_id = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = SensitivityAtSpecificityConfig;
    return trade_off_fields<C>(Field{"specificity", &C::specificity, "What is required, in [0, 1]."});
  }
};

/// The best sensitivity (recall), tp / (tp + fn), of the thresholds at which the specificity, tn / (tn + fp), is as required.
class SensitivityAtSpecificity final
    : public MetricOf<SensitivityAtSpecificity, SensitivityAtSpecificityConfig, TradeOff> {
 public:
  static constexpr std::string_view class_name = "SensitivityAtSpecificity";
  explicit SensitivityAtSpecificity(Config config);

 protected:
  Tensor value() const override;
};

struct SpecificityAtSensitivityConfig {
  std::optional<double> sensitivity = {};
  Index num_thresholds = 200;
  std::optional<Index> class_id = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = SpecificityAtSensitivityConfig;
    return trade_off_fields<C>(Field{"sensitivity", &C::sensitivity, "What is required, in [0, 1]."});
  }
};

/// The best specificity of the thresholds at which the sensitivity is as required.
class SpecificityAtSensitivity final
    : public MetricOf<SpecificityAtSensitivity, SpecificityAtSensitivityConfig, TradeOff> {
 public:
  static constexpr std::string_view class_name = "SpecificityAtSensitivity";
  explicit SpecificityAtSensitivity(Config config);

 protected:
  Tensor value() const override;
};

struct PrecisionAtRecallConfig {
  std::optional<double> recall = {};
  Index num_thresholds = 200;
  std::optional<Index> class_id = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = PrecisionAtRecallConfig;
    return trade_off_fields<C>(Field{"recall", &C::recall, "What is required, in [0, 1]."});
  }
};

/// The best precision, tp / (tp + fp), of the thresholds at which the recall is as required.
class PrecisionAtRecall final : public MetricOf<PrecisionAtRecall, PrecisionAtRecallConfig, TradeOff> {
 public:
  static constexpr std::string_view class_name = "PrecisionAtRecall";
  explicit PrecisionAtRecall(Config config);

 protected:
  Tensor value() const override;
};

struct RecallAtPrecisionConfig {
  std::optional<double> precision = {};
  Index num_thresholds = 200;
  std::optional<Index> class_id = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = RecallAtPrecisionConfig;
    return trade_off_fields<C>(Field{"precision", &C::precision, "What is required, in [0, 1]."});
  }
};

/// The best recall of the thresholds at which the precision is as required.
class RecallAtPrecision final : public MetricOf<RecallAtPrecision, RecallAtPrecisionConfig, TradeOff> {
 public:
  static constexpr std::string_view class_name = "RecallAtPrecision";
  explicit RecallAtPrecision(Config config);

 protected:
  Tensor value() const override;
};

extern template class MetricOf<SensitivityAtSpecificity, SensitivityAtSpecificityConfig, TradeOff>;
extern template class MetricOf<SpecificityAtSensitivity, SpecificityAtSensitivityConfig, TradeOff>;
extern template class MetricOf<PrecisionAtRecall, PrecisionAtRecallConfig, TradeOff>;
extern template class MetricOf<RecallAtPrecision, RecallAtPrecisionConfig, TradeOff>;

}  // namespace xtape::metrics
