// Metric: a number, or several, that is gathered over many batches.
//
// A Metric object is a handle: a copy is the same metric with the same state. Metrics live in xtape::metrics, as in Keras,
// for many are called like losses: metrics::MeanSquaredError beside MeanSquaredError. All sums are kept in double.
#pragma once
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <xtape/core/any.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

class Metric {
 public:
  virtual ~Metric() = default;

  /// Takes a batch into account. sample_weight: (N,), (N, 1) or with more axes of y_true, what each sample (and step) counts.
  /// mask: which steps count, for metrics that are means; the others leave it aside, as in Keras. Throws ValueError, and
  /// changes nothing, when shapes do not fit.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const = 0;
  /// The value over all batches since the last reset, in float64 unless the metric was given a dtype.
  virtual Tensor result() const = 0;
  virtual void reset_state() const = 0;

  const std::string& name() const { return name_; }
  virtual std::string_view type_name() const = 0;
  virtual Json get_config() const = 0;

 protected:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  Metric(const Metric&) = default;

 private:
  std::string name_;
};

/// A metric, taken by name ("mae"), as an object (metrics::MeanAbsoluteError()), or as any function of (y_true, y_pred) that
/// gives a value for each sample. By name it is called as it was asked for: "mae" in the logs.
///
/// "accuracy", or "acc", is the one that the shapes ask for: binary where y_pred has a last axis of length 1, sparse
/// categorical where y_true has no axis of classes, else categorical. Likewise "crossentropy", or "ce", which TF 2.4 takes
/// too but Keras 3 does not.
class AnyMetric : public Any<Metric> {
 public:
  using Any::Any;
  /// Throws ValueError for a name that is not known.
  AnyMetric(const char* name) : AnyMetric(std::string(name)) {}
  AnyMetric(const std::string& name);
  // By reference, because Clang 14 would take this one for a redeclaration of Any's, which takes a T.
  template <class F>
  requires(!std::derived_from<F, Metric> && !std::derived_from<F, Any<Metric>> &&
           std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>) AnyMetric(const F& function)
      : AnyMetric(from_function(function)) {}

 private:
  static AnyMetric from_function(std::function<Tensor(const Tensor&, const Tensor&)> function);
};

}  // namespace xtape
