// Metric: a number that is gathered over many batches.
//
// A Metric object is a handle: a copy is the same metric with the same state.
#pragma once
#include <string>
#include <string_view>

#include <xtape/core/any.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

class Metric {
 public:
  virtual ~Metric() = default;

  /// Takes a batch into account.
  virtual void update_state(
      const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const = 0;
  /// The value over all batches since the last reset.
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

/// A metric, taken by name ("mae"), or as an object (MeanAbsoluteError()).
class AnyMetric : public Any<Metric> {
 public:
  using Any::Any;
  /// Throws ValueError for a name that is not known.
  AnyMetric(const char* name) : AnyMetric(std::string(name)) {}
  AnyMetric(const std::string& name);
};

}  // namespace xtape
