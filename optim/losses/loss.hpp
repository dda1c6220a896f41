// Loss: how far predictions are from the truth, one number for a batch.
#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <xtape/core/any.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// How the values of the samples become one number; Keras's names.
enum class Reduction { sum_over_batch_size, sum, mean, mean_with_sample_weight, none };
/// "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none" (or null). Throws ValueError for others.
Reduction reduction_from_name(std::string_view name);
std::string_view name(Reduction reduction);

/// values (N, ...) times sample_weight (N,), (N, 1) or (N, ...), reduced. sum_over_batch_size and mean divide by the number
/// of values, mean_with_sample_weight by the sum of the weights.
/// Where the mask (N, steps) is false, values count as if they were not there; the means are over those that are left.
Tensor reduce_weighted_values(
    const Tensor& values, const Tensor& sample_weight, Reduction reduction, const Tensor& mask = {});

/// The weight 0 where the mask is false, else the sample's weight, or 1 without one. Without a mask sample_weight itself.
Tensor masked_weight(const Tensor& sample_weight, const Tensor& mask, DType dtype);

class Loss {
 public:
  virtual ~Loss() = default;

  /// The loss of a batch: call's values, weighted and reduced; `mask` tells which steps of y_pred count.
  /// Throws ValueError when shapes do not fit.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const;
  /// One value for each sample (and step): usually a mean over the last axis.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;

  Reduction reduction() const { return reduction_; }
  const std::string& name() const { return name_; }
  virtual std::string_view type_name() const = 0;
  virtual Json get_config() const = 0;

 protected:
  Loss(std::string name, Reduction reduction) : name_(std::move(name)), reduction_(reduction) {}
  Loss(const Loss&) = default;

 private:
  std::string name_;
  Reduction reduction_;
};

/// A loss, taken by name ("mse", "mean_squared_error"), as an object (MeanSquaredError()), or as any function of
/// (y_true, y_pred) that gives a value for each sample or for the batch.
class AnyLoss : public Any<Loss> {
 public:
  AnyLoss() = default;
  template <std::derived_from<Loss> T>
  AnyLoss(T loss) : Any(std::move(loss)) {}
  /// Throws ValueError for a name that is not known.
  AnyLoss(const char* name) : AnyLoss(std::string(name)) {}
  AnyLoss(const std::string& name);
  template <class F>
  requires(!std::derived_from<F, Loss> && !std::derived_from<F, Any<Loss>> &&
           std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>) AnyLoss(F function)
      : AnyLoss(from_function(std::move(function))) {}

  static AnyLoss from_json(const Json& json);

 private:
  static AnyLoss from_function(std::function<Tensor(const Tensor&, const Tensor&)> function);
};

}  // namespace xtape
