#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>

namespace xtape {
namespace {

constexpr double epsilon = 1e-7;

/// Probabilities that have finite logarithms.
Tensor bounded(const Tensor& p) { return clip(p, epsilon, 1 - epsilon); }

/// Probabilities along the axis, divided by their sum.
Tensor normalized(const Tensor& p, Index axis) { return divide(p, sum(p, axis, true)); }

Compared equally_shaped(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  Compared y = compared(y_true, y_pred, owner);
  require(y.y_true.shape() == y.y_pred.shape(), owner, "y_true and y_pred must have one shape (received ",
      y_true.shape(), ", ", y_pred.shape(), ")");
  return y;
}

/// Truths with a share of them spread evenly over `classes`.
Tensor smoothed(const Tensor& t, double share, Index classes, std::string_view owner) {
  require(0 <= share && share <= 1, owner,
      "label_smoothing must lie in [0, 1] (received label_smoothing=", share, ")");
  return share == 0 ? t : add(multiply(t, 1 - share), share / static_cast<double>(classes));
}

/// -t ln p - (1 - t) ln(1 - p)
Tensor binary_terms(const Tensor& t, const Tensor& p) {
  const Tensor q = bounded(p);
  return negative(add(multiply(t, log(q)), multiply(subtract(1, t), log1p(negative(q)))));
}

/// Class numbers as integers, in the shape of y_pred with length 1 along the axis of the classes.
Tensor class_numbers(const Tensor& y_true, const Tensor& y_pred, Index axis, std::string_view owner) {
  const Index at = normalize_axis(axis, y_pred.rank(), owner);
  Shape shape = y_pred.shape();
  shape[at] = 1;
  const bool has_axis = y_true.rank() == y_pred.rank();
  require(y_true.shape() == (has_axis ? shape : shape.without(at)), owner,
      "y_true must have the shape of y_pred without the axis of the classes, ", shape.without(at),
      " (received ", y_true.shape(), ")");
  return reshape(cast(y_true, DType::int64), shape);
}

void require_classes(const Tensor& numbers, Index classes, std::string_view owner) {
  for (const std::int64_t label : numbers.values<std::int64_t>())
    require(
        0 <= label && label < classes, owner, "y_true must lie in [0, ", classes, ") (received ", label, ")");
}

Tensor real(const Tensor& y_pred) {
  return is_floating(y_pred.dtype()) ? y_pred : cast(y_pred, default_dtype());
}

}  // namespace

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& o) {
  const auto [truth, p] = equally_shaped(y_true, y_pred, "binary_crossentropy");
  const Tensor t = smoothed(truth, o.label_smoothing, 2, "binary_crossentropy");
  return mean(o.from_logits ? sigmoid_crossentropy(p, t) : binary_terms(t, p), o.axis);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& o) {
  const auto [truth, p] = equally_shaped(y_true, y_pred, "categorical_crossentropy");
  const Tensor t = smoothed(truth, o.label_smoothing, p.dim(o.axis), "categorical_crossentropy");
  const Tensor log_p = o.from_logits ? log_softmax(p, o.axis) : log(bounded(normalized(p, o.axis)));
  return negative(sum(multiply(t, log_p), o.axis));
}

Tensor sparse_categorical_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const SparseCrossentropyOptions& o) {
  constexpr std::string_view owner = "sparse_categorical_crossentropy";
  const Tensor p = real(y_pred), given = class_numbers(y_true, p, o.axis, owner);
  const Tensor counts = o.ignore_class ? not_equal(given, *o.ignore_class) : Tensor();
  const Tensor label = counts ? where(counts, given, 0) : given;
  require_classes(label, p.dim(o.axis), owner);
  const auto of_label = [&](const Tensor& x) { return take_along_axis(x, label, o.axis); };
  const Tensor log_p = o.from_logits ? of_label(log_softmax(p, o.axis))
                                     : log(bounded(divide(of_label(p), sum(p, o.axis, true))));
  const Tensor values = negative(log_p);
  return squeeze(counts ? where(counts, values, 0) : values, o.axis);
}

Tensor crossentropy(const Tensor& y_true, const Tensor& y_pred) {
  require(y_pred.rank() >= 1, "crossentropy", "y_pred must have an axis of classes (received ",
      describe(y_pred), ")");
  if (y_pred.dim(-1) == 1) return binary_crossentropy(y_true, y_pred);
  const bool sparse = y_true.rank() < y_pred.rank() || y_true.dim(-1) == 1;
  return sparse ? sparse_categorical_crossentropy(y_true, y_pred) : categorical_crossentropy(y_true, y_pred);
}

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred, const BinaryFocalOptions& o) {
  const auto [truth, given] = equally_shaped(y_true, y_pred, "binary_focal_crossentropy");
  const Tensor t = smoothed(truth, o.label_smoothing, 2, "binary_focal_crossentropy");
  const Tensor p = o.from_logits ? sigmoid(given) : given;
  const Tensor missed = add(multiply(t, subtract(1, p)), multiply(subtract(1, t), p));
  const Tensor values = multiply(power(missed, o.gamma), binary_terms(t, p));
  if (!o.apply_class_balancing) return mean(values, o.axis);
  const Tensor weight = add(multiply(t, o.alpha), multiply(subtract(1, t), 1 - o.alpha));
  return mean(multiply(weight, values), o.axis);
}

Tensor categorical_focal_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const CategoricalFocalOptions& o) {
  const auto [truth, given] = equally_shaped(y_true, y_pred, "categorical_focal_crossentropy");
  const Tensor t = smoothed(truth, o.label_smoothing, given.dim(o.axis), "categorical_focal_crossentropy");
  const Tensor p = bounded(normalized(o.from_logits ? softmax(given, o.axis) : given, o.axis));
  const Tensor alpha =
      o.alpha.is_list() ? cast(Tensor::from(o.alpha.values()), p.dtype()) : Tensor(o.alpha.values()[0]);
  const Tensor weight = multiply(power(subtract(1, p), o.gamma), alpha);
  return negative(sum(multiply(weight, multiply(t, log(p))), o.axis));
}

Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  constexpr std::string_view owner = "categorical_generalized_cross_entropy";
  const Tensor p = real(y_pred), label = class_numbers(y_true, p, -1, owner);
  require_classes(label, p.dim(-1), owner);
  return divide(subtract(1, power(squeeze(take_along_axis(p, label, -1), -1), q)), q);
}

Tensor BinaryCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return binary_crossentropy(y_true, y_pred, {config().from_logits, config().label_smoothing, config().axis});
}

Tensor CategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_crossentropy(
      y_true, y_pred, {config().from_logits, config().label_smoothing, config().axis});
}

Tensor SparseCategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return sparse_categorical_crossentropy(
      y_true, y_pred, {config().from_logits, config().ignore_class, config().axis});
}

Tensor SparseCategoricalCrossentropy::valid(const Tensor& y_true, const Tensor& values) const {
  if (!config().ignore_class) return {};
  return reshape(not_equal(cast(y_true, DType::int64), *config().ignore_class), values.shape());
}

Tensor BinaryFocalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return binary_focal_crossentropy(y_true, y_pred,
      {config().apply_class_balancing, config().alpha, config().gamma, config().from_logits,
          config().label_smoothing, config().axis});
}

Tensor CategoricalFocalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_focal_crossentropy(y_true, y_pred,
      {config().alpha, config().gamma, config().from_logits, config().label_smoothing, config().axis});
}

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(Config c) : LossOf(std::move(c)) {
  require(0 < config().q && config().q < 1, class_name, "q must lie between 0 and 1 (received q=", config().q,
      ")");
}

Tensor CategoricalGeneralizedCrossEntropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_generalized_cross_entropy(y_true, y_pred, config().q);
}

template class LossOf<BinaryCrossentropy, CrossentropyConfig>;
template class LossOf<CategoricalCrossentropy, CrossentropyConfig>;
template class LossOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig>;
template class LossOf<BinaryFocalCrossentropy, BinaryFocalCrossentropyConfig>;
template class LossOf<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyConfig>;
template class LossOf<CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyConfig>;

}  // namespace xtape
