#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/accuracy.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

/// Class numbers as integers in the shape of y_pred, without its last axis.
Tensor class_numbers(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  require(y_pred.rank() >= 1, owner, "y_pred must have an axis of classes (received ", describe(y_pred), ")");
  const bool has_axis = y_true.rank() == y_pred.rank() && y_true.dim(-1) == 1;
  const Tensor numbers = has_axis ? squeeze(y_true, -1) : y_true;
  require(numbers.shape() == y_pred.shape().without(y_pred.rank() - 1), owner,
      "y_true must have the shape of y_pred without the last axis (received ", y_true.shape(), ", ",
      y_pred.shape(), ")");
  return cast(numbers, DType::int64);
}

/// A one-hot y_true as class numbers.
Tensor one_hot_classes(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  require(y_true.rank() >= 1 && y_true.shape() == y_pred.shape(), owner,
      "y_true and y_pred must have one shape (received ", y_true.shape(), ", ", y_pred.shape(), ")");
  return argmax(y_true, -1);
}

/// Truths as numbers of y_pred's dtype.
Tensor counted(const Tensor& truths, const Tensor& y_pred) {
  return cast(truths, is_floating(y_pred.dtype()) ? y_pred.dtype() : default_dtype());
}

/// Whether the class is among the k of y_pred that are not surpassed by k others. A class that does not exist never is.
Tensor in_top_k(const Tensor& classes, const Tensor& y_pred, Index k) {
  const Tensor exists = logical_and(greater_equal(classes, 0), less(classes, y_pred.dim(-1)));
  const Tensor place = expand_dims(where(exists, classes, 0), -1);
  const Tensor better = greater(y_pred, take_along_axis(y_pred, place, -1));
  return counted(logical_and(exists, less(sum(better, -1), k)), y_pred);
}

}  // namespace

Tensor accuracy(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = compared(y_true, y_pred, "accuracy");
  return mean(counted(equal(t, p), p), -1);
}

Tensor binary_accuracy(const Tensor& y_true, const Tensor& y_pred, double threshold) {
  const auto [t, p] = compared(y_true, y_pred, "binary_accuracy");
  return mean(counted(equal(t, counted(greater(p, threshold), p)), p), -1);
}

Tensor categorical_accuracy(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor classes = one_hot_classes(y_true, y_pred, "categorical_accuracy");
  return counted(equal(classes, argmax(y_pred, -1)), y_pred);
}

Tensor sparse_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor classes = class_numbers(y_true, y_pred, "sparse_categorical_accuracy");
  return counted(equal(classes, argmax(y_pred, -1)), y_pred);
}

Tensor top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, Index k) {
  return in_top_k(one_hot_classes(y_true, y_pred, "top_k_categorical_accuracy"), y_pred, k);
}

Tensor sparse_top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, Index k) {
  return in_top_k(class_numbers(y_true, y_pred, "sparse_top_k_categorical_accuracy"), y_pred, k);
}

BinaryAccuracy::BinaryAccuracy(Config c) : MetricOf(std::move(c)) {
  require(0 < config().threshold && config().threshold < 1, class_name,
      "threshold must lie between 0 and 1 (received threshold=", config().threshold, ")");
}

template class MetricOf<Accuracy>;
template class MetricOf<BinaryAccuracy, BinaryAccuracyConfig>;
template class MetricOf<CategoricalAccuracy>;
template class MetricOf<SparseCategoricalAccuracy>;
template class MetricOf<TopKCategoricalAccuracy, TopKConfig>;
template class MetricOf<SparseTopKCategoricalAccuracy, TopKConfig>;

}  // namespace xtape::metrics
