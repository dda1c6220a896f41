// Metrics of classifiers that give probabilities or scores, as the losses of these names. https://keras.io/api/metrics/
#pragma once
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/divergence.hpp>
#include <xtape/optim/losses/hinge.hpp>
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

struct BinaryCrossentropyConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr auto fields() {
    using C = BinaryCrossentropyConfig;
    return metric_fields<C>(
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"label_smoothing", &C::label_smoothing, "How much of the truth is spread evenly, in [0, 1]."});
  }
};

/// The mean of -y_true ln y_pred - (1 - y_true) ln(1 - y_pred).
class BinaryCrossentropy final : public MetricOf<BinaryCrossentropy, BinaryCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "BinaryCrossentropy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return binary_crossentropy(y_true, y_pred, {config().from_logits, config().label_smoothing});
  }
};

struct CategoricalCrossentropyConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
  static constexpr auto fields() {
    using C = CategoricalCrossentropyConfig;
    return metric_fields<C>(
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"label_smoothing", &C::label_smoothing, "How much of the truth is spread evenly, in [0, 1]."},
        Field{"axis", &C::axis, "The axis of the classes."});
  }
};

/// The mean of -sum y_true ln y_pred over the classes.
class CategoricalCrossentropy final
    : public MetricOf<CategoricalCrossentropy, CategoricalCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "CategoricalCrossentropy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_crossentropy(
        y_true, y_pred, {config().from_logits, config().label_smoothing, config().axis});
  }
};

struct SparseCategoricalCrossentropyConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  bool from_logits = false;
  Index axis = -1;
  static constexpr auto fields() {
    using C = SparseCategoricalCrossentropyConfig;
    return metric_fields<C>(
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"axis", &C::axis, "The axis of the classes."});
  }
};

/// The mean of -ln of the probability of the class that y_true numbers.
class SparseCategoricalCrossentropy final
    : public MetricOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "SparseCategoricalCrossentropy";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return sparse_categorical_crossentropy(y_true, y_pred, {config().from_logits, {}, config().axis});
  }
};

/// The mean over samples of the sum of y_true ln(y_true / y_pred).
class KLDivergence final : public MetricOf<KLDivergence> {
 public:
  static constexpr std::string_view class_name = "KLDivergence";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return kl_divergence(y_true, y_pred);
  }
};

/// The mean of y_pred - y_true ln y_pred.
class Poisson final : public MetricOf<Poisson> {
 public:
  static constexpr std::string_view class_name = "Poisson";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override { return poisson(y_true, y_pred); }
};

/// The mean of max(1 - y_true y_pred, 0), with y_true -1 or 1 (or 0 and 1).
class Hinge final : public MetricOf<Hinge> {
 public:
  static constexpr std::string_view class_name = "Hinge";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override { return hinge(y_true, y_pred); }
};

/// The mean of max(1 - y_true y_pred, 0)^2, with y_true -1 or 1 (or 0 and 1).
class SquaredHinge final : public MetricOf<SquaredHinge> {
 public:
  static constexpr std::string_view class_name = "SquaredHinge";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return squared_hinge(y_true, y_pred);
  }
};

/// The mean of max(1 + n - s, 0), s being the score of the true class and n the best of the others.
class CategoricalHinge final : public MetricOf<CategoricalHinge> {
 public:
  static constexpr std::string_view class_name = "CategoricalHinge";
  using MetricOf::MetricOf;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_hinge(y_true, y_pred);
  }
};

extern template class MetricOf<BinaryCrossentropy, BinaryCrossentropyConfig>;
extern template class MetricOf<CategoricalCrossentropy, CategoricalCrossentropyConfig>;
extern template class MetricOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig>;
extern template class MetricOf<KLDivergence>;
extern template class MetricOf<Poisson>;
extern template class MetricOf<Hinge>;
extern template class MetricOf<SquaredHinge>;
extern template class MetricOf<CategoricalHinge>;

}  // namespace xtape::metrics
