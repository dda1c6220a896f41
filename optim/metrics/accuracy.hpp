// How often predictions are right. https://keras.io/api/metrics/accuracy_metrics/
//
// Each is a function of (y_true, y_pred), which gives 0 or 1 (or a mean of these) for each sample, in the dtype of y_pred, and
// a class, which averages over all samples seen. All throw ValueError for shapes that do not belong together.
#pragma once
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// The share of p = t along the last axis.
Tensor accuracy(const Tensor& y_true, const Tensor& y_pred);
/// The share along the last axis of t = (p > threshold ? 1 : 0).
Tensor binary_accuracy(const Tensor& y_true, const Tensor& y_pred, double threshold = 0.5);
/// Whether the largest p stands where the largest t does, along the last axis.
Tensor categorical_accuracy(const Tensor& y_true, const Tensor& y_pred);
/// Whether the largest p stands at the place that t numbers; t has the shape of p without the last axis, or with length 1.
Tensor sparse_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred);
/// Whether fewer than k of the p are larger than that of the true class: ties are won.
Tensor top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, Index k = 5);
Tensor sparse_top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, Index k = 5);

/// How often y_pred is y_true.
class Accuracy final : public MetricOf<Accuracy> {
 public:
  static constexpr std::string_view class_name = "Accuracy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return accuracy(y_true, y_pred);
  }
};

struct BinaryAccuracyConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  double threshold = 0.5;
  static constexpr auto fields() {
    using C = BinaryAccuracyConfig;
    return metric_fields<C>(Field{"threshold", &C::threshold, "Above it a prediction means 1; in (0, 1)."});
  }
};

/// How often y_true is 1 where y_pred is above the threshold, and 0 elsewhere.
class BinaryAccuracy final : public MetricOf<BinaryAccuracy, BinaryAccuracyConfig> {
 public:
  static constexpr std::string_view class_name = "BinaryAccuracy";
  /// Throws ValueError unless 0 < threshold < 1.
  explicit BinaryAccuracy(Config config);
  BinaryAccuracy() : BinaryAccuracy(Config{}) {}

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return binary_accuracy(y_true, y_pred, config().threshold);
  }
};

/// How often the largest y_pred stands at the 1 of a one-hot y_true.
class CategoricalAccuracy final : public MetricOf<CategoricalAccuracy> {
 public:
  static constexpr std::string_view class_name = "CategoricalAccuracy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_accuracy(y_true, y_pred);
  }
};

/// How often the largest y_pred stands at the place that y_true numbers.
class SparseCategoricalAccuracy final : public MetricOf<SparseCategoricalAccuracy> {
 public:
  static constexpr std::string_view class_name = "SparseCategoricalAccuracy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return sparse_categorical_accuracy(y_true, y_pred);
  }
};

struct TopKConfig {
  Index k = 5;
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = TopKConfig;
    return metric_fields<C>(Field{"k", &C::k, "How many predictions are looked at, the largest first."});
  }
};

/// How often the true class of a one-hot y_true is among the k largest y_pred.
class TopKCategoricalAccuracy final : public MetricOf<TopKCategoricalAccuracy, TopKConfig> {
 public:
  static constexpr std::string_view class_name = "TopKCategoricalAccuracy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return top_k_categorical_accuracy(y_true, y_pred, config().k);
  }
};

/// How often the class that y_true numbers is among the k largest y_pred.
class SparseTopKCategoricalAccuracy final : public MetricOf<SparseTopKCategoricalAccuracy, TopKConfig> {
 public:
  static constexpr std::string_view class_name = "SparseTopKCategoricalAccuracy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return sparse_top_k_categorical_accuracy(y_true, y_pred, config().k);
  }
};

extern template class MetricOf<Accuracy>;
extern template class MetricOf<BinaryAccuracy, BinaryAccuracyConfig>;
extern template class MetricOf<CategoricalAccuracy>;
extern template class MetricOf<SparseCategoricalAccuracy>;
extern template class MetricOf<TopKCategoricalAccuracy, TopKConfig>;
extern template class MetricOf<SparseTopKCategoricalAccuracy, TopKConfig>;

}  // namespace xtape::metrics
