#include <algorithm>
#include <numeric>

#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/iou.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

constexpr double epsilon = 1e-7;

/// Class numbers, one after the other.
Tensor classes_of(const Tensor& y, bool sparse, Index axis) {
  const Tensor numbers = sparse ? cast(y, DType::int64) : argmax(y, axis);
  return reshape(numbers, {numbers.size()});
}

std::vector<Index> all_classes(Index count) {
  std::vector<Index> ids(static_cast<std::size_t>(std::max<Index>(count, 0)));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

}  // namespace

void IoUMetric::gather(IoURule rule) const {
  require(rule.num_classes >= 1, type_name(),
      "num_classes must be at least 1 (received num_classes=", rule.num_classes, ")");
  require(!rule.target_class_ids.empty(), type_name(), "target_class_ids must name at least one class");
  for (const Index id : rule.target_class_ids)
    require(0 <= id && id < rule.num_classes, type_name(), "target_class_ids must lie in [0, ",
        rule.num_classes, ") (received ", id, ")");
  const Tensor weights = zeros({rule.num_classes, rule.num_classes}, DType::float64);
  *state_ = {std::move(rule), weights};
}

void IoUMetric::update_state(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& /*mask*/) const {
  const IoURule& rule = state_->rule;
  Tensor t = classes_of(y_true, rule.sparse_y_true, rule.axis);
  Tensor p = classes_of(prepared(y_pred), rule.sparse_y_pred, rule.axis);
  require(t.size() == p.size(), type_name(), "y_true and y_pred must have as many samples (received ",
      y_true.shape(), ", ", y_pred.shape(), ")");
  Tensor weight = ones(t.shape(), DType::float64);
  if (sample_weight) {
    const Shape samples = rule.sparse_y_true
                              ? y_true.shape()
                              : y_true.shape().without(normalize_axis(rule.axis, y_true.rank(), type_name()));
    const Tensor aligned = align_weight(cast(sample_weight, DType::float64), samples.rank());
    weight = reshape(broadcast_to(aligned, samples), t.shape());
  }
  if (rule.ignore_class) {
    const Tensor counts = not_equal(t, *rule.ignore_class);
    t = where(counts, t, 0);
    p = where(counts, p, 0);
    weight = where(counts, weight, 0);
  }
  for (const Tensor* classes : {&t, &p})
    for (const std::int64_t id : classes->values<std::int64_t>())
      require(0 <= id && id < rule.num_classes, type_name(), "classes must lie in [0, ", rule.num_classes,
          ") (received ", id, ")");
  const Tensor place = add(multiply(t, rule.num_classes), p);
  const Tensor all = reshape(state_->weights, {rule.num_classes * rule.num_classes});
  state_->weights = reshape(scatter_add(all, place, weight), state_->weights.shape());
}

void IoUMetric::reset_state() const { state_->weights = zeros_like(state_->weights); }

Tensor IoUMetric::value() const {
  const Tensor both = diagonal(state_->weights);
  const Tensor either = subtract(add(sum(state_->weights, 0), sum(state_->weights, 1)), both);
  const Tensor target_both = take(both, state_->rule.target_class_ids, 0);
  const Tensor target_either = take(either, state_->rule.target_class_ids, 0);
  const Tensor occurring = sum(cast(greater(target_either, 1e-9), DType::float64));
  return divide(sum(divide(target_both, add(target_either, epsilon))), add(occurring, epsilon));
}

IoU::IoU(Config c) : MetricOf(std::move(c)) {
  gather({config().num_classes, config().target_class_ids, config().ignore_class, config().sparse_y_true,
      config().sparse_y_pred, config().axis});
}

MeanIoU::MeanIoU(Config c) : MetricOf(std::move(c)) {
  gather({config().num_classes, all_classes(config().num_classes), config().ignore_class,
      config().sparse_y_true, config().sparse_y_pred, config().axis});
}

BinaryIoU::BinaryIoU(Config c) : MetricOf(std::move(c)) { gather({2, config().target_class_ids}); }

Tensor BinaryIoU::prepared(const Tensor& y_pred) const { return greater_equal(y_pred, config().threshold); }

OneHotIoU::OneHotIoU(Config c) : MetricOf(std::move(c)) {
  gather({config().num_classes, config().target_class_ids, config().ignore_class, false,
      config().sparse_y_pred, config().axis});
}

OneHotMeanIoU::OneHotMeanIoU(Config c) : MetricOf(std::move(c)) {
  gather({config().num_classes, all_classes(config().num_classes), config().ignore_class, false,
      config().sparse_y_pred, config().axis});
}

template class MetricOf<IoU, IoUConfig, IoUMetric>;
template class MetricOf<MeanIoU, MeanIoUConfig, IoUMetric>;
template class MetricOf<BinaryIoU, BinaryIoUConfig, IoUMetric>;
template class MetricOf<OneHotIoU, OneHotIoUConfig, IoUMetric>;
template class MetricOf<OneHotMeanIoU, OneHotMeanIoUConfig, IoUMetric>;

}  // namespace xtape::metrics
