// Intersection over union, for masks of segments. https://keras.io/api/metrics/segmentation_metrics/
//
// tp / (tp + fp + fn) of a class, averaged over classes that occur. All gather the weights of samples by their true and
// their predicted class. As in Keras, 1e-7 is added to the divisors.
#pragma once
#include <vector>

#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

/// How classes are told.
struct IoURule {
  Index num_classes = 0;
  std::vector<Index> target_class_ids = {};
  std::optional<Index> ignore_class = {};
  /// Class numbers; else the class is where the largest entry stands along the axis.
  bool sparse_y_true = true, sparse_y_pred = true;
  Index axis = -1;
};

class IoUMetric : public Metric {
 public:
  /// y_true and y_pred: any shape, one number a sample (or one more axis of classes); sample_weight: one number, or as many.
  /// Throws ValueError for shapes that do not fit and for classes outside [0, num_classes).
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const override;
  void reset_state() const override;

 protected:
  explicit IoUMetric(std::string name) : Metric(std::move(name)), state_(std::make_shared<State>()) {}
  IoUMetric(const IoUMetric&) = default;

  /// Says what is gathered, in the constructor. Throws ValueError for no classes and targets that are no class.
  void gather(IoURule rule) const;
  /// y_pred as class numbers, for metrics that are told something else.
  virtual Tensor prepared(const Tensor& y_pred) const { return y_pred; }
  Tensor value() const;

 private:
  struct State {
    IoURule rule;
    Tensor weights;  // (num_classes, num_classes): true class, predicted class
  };
  std::shared_ptr<State> state_;
};

struct IoUConfig {
  Index num_classes = 0;
  std::vector<Index> target_class_ids = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Index> ignore_class = {};
  bool sparse_y_true = true, sparse_y_pred = true;
  Index axis = -1;
  static constexpr auto fields() {
    using C = IoUConfig;
    return metric_fields<C>(Field{"num_classes", &C::num_classes, "How many classes there are."},
        Field{"target_class_ids", &C::target_class_ids, "The classes whose mean is taken."},
        Field{"ignore_class", &C::ignore_class, "The true class whose samples do not count."},
        Field{"sparse_y_true", &C::sparse_y_true, "Whether y_true holds class numbers, not scores."},
        Field{"sparse_y_pred", &C::sparse_y_pred, "Whether y_pred holds class numbers, not scores."},
        Field{"axis", &C::axis, "The axis of the scores."});
  }
};

/// The mean over target_class_ids.
class IoU final : public MetricOf<IoU, IoUConfig, IoUMetric> {
 public:
  static constexpr std::string_view class_name = "IoU";
  explicit IoU(Config config);
};

struct MeanIoUConfig {
  Index num_classes = 0;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Index> ignore_class = {};
  bool sparse_y_true = true, sparse_y_pred = true;
  Index axis = -1;
  static constexpr auto fields() {
    using C = MeanIoUConfig;
    return metric_fields<C>(Field{"num_classes", &C::num_classes, "How many classes there are."},
        Field{"ignore_class", &C::ignore_class, "The true class whose samples do not count."},
        Field{"sparse_y_true", &C::sparse_y_true, "Whether y_true holds class numbers, not scores."},
        Field{"sparse_y_pred", &C::sparse_y_pred, "Whether y_pred holds class numbers, not scores."},
        Field{"axis", &C::axis, "The axis of the scores."});
  }
};

/// The mean over all classes.
class MeanIoU final : public MetricOf<MeanIoU, MeanIoUConfig, IoUMetric> {
 public:
  static constexpr std::string_view class_name = "MeanIoU";
  explicit MeanIoU(Config config);
};

struct BinaryIoUConfig {
  std::vector<Index> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = BinaryIoUConfig;
    return metric_fields<C>(Field{"target_class_ids", &C::target_class_ids, "0, 1 or both."},
        Field{"threshold", &C::threshold, "From which on a prediction means class 1."});
  }
};

/// Of two classes, where y_pred at or above the threshold means class 1.
class BinaryIoU final : public MetricOf<BinaryIoU, BinaryIoUConfig, IoUMetric> {
 public:
  static constexpr std::string_view class_name = "BinaryIoU";
  explicit BinaryIoU(Config config);
  BinaryIoU() : BinaryIoU(Config{}) {}

 protected:
  Tensor prepared(const Tensor& y_pred) const override;
};

struct OneHotIoUConfig {
  Index num_classes = 0;
  std::vector<Index> target_class_ids = {};
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Index> ignore_class = {};
  bool sparse_y_pred = false;
  Index axis = -1;
  static constexpr auto fields() {
    using C = OneHotIoUConfig;
    return metric_fields<C>(Field{"num_classes", &C::num_classes, "How many classes there are."},
        Field{"target_class_ids", &C::target_class_ids, "The classes whose mean is taken."},
        Field{"ignore_class", &C::ignore_class, "The true class whose samples do not count."},
        Field{"sparse_y_pred", &C::sparse_y_pred, "Whether y_pred holds class numbers, not scores."},
        Field{"axis", &C::axis, "The axis of the scores."});
  }
};

/// IoU of a one-hot y_true.
class OneHotIoU final : public MetricOf<OneHotIoU, OneHotIoUConfig, IoUMetric> {
 public:
  static constexpr std::string_view class_name = "OneHotIoU";
  explicit OneHotIoU(Config config);
};

struct OneHotMeanIoUConfig {
  Index num_classes = 0;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Index> ignore_class = {};
  bool sparse_y_pred = false;
  Index axis = -1;
  static constexpr auto fields() {
    using C = OneHotMeanIoUConfig;
    return metric_fields<C>(Field{"num_classes", &C::num_classes, "How many classes there are."},
        Field{"ignore_class", &C::ignore_class, "The true class whose samples do not count."},
        Field{"sparse_y_pred", &C::sparse_y_pred, "Whether y_pred holds class numbers, not scores."},
        Field{"axis", &C::axis, "The axis of the scores."});
  }
};

/// MeanIoU of a one-hot y_true.
class OneHotMeanIoU final : public MetricOf<OneHotMeanIoU, OneHotMeanIoUConfig, IoUMetric> {
 public:
  static constexpr std::string_view class_name = "OneHotMeanIoU";
  explicit OneHotMeanIoU(Config config);
};

extern template class MetricOf<IoU, IoUConfig, IoUMetric>;
extern template class MetricOf<MeanIoU, MeanIoUConfig, IoUMetric>;
extern template class MetricOf<BinaryIoU, BinaryIoUConfig, IoUMetric>;
extern template class MetricOf<OneHotIoU, OneHotIoUConfig, IoUMetric>;
extern template class MetricOf<OneHotMeanIoU, OneHotMeanIoUConfig, IoUMetric>;

}  // namespace xtape::metrics
