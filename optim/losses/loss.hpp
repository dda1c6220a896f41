// Loss: how far predictions are from the truth, one number for a batch.
#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <xtape/core/any.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>
#include <xtape/optim/losses/reduction.hpp>

namespace xtape {

class Loss {
 public:
  virtual ~Loss() = default;

  /// The loss of a batch: call's values, weighted and reduced. sample_weight and mask are (N,), (N, 1) or as the values; the
  /// mask says which values count. sum_over_batch_size and mean divide by the number of values that count,
  /// mean_with_sample_weight by the sum of the weights; where that is 0 the loss is 0. Values that are one number for the
  /// batch are not reduced. Throws ValueError when shapes do not fit.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const;

  /// The same as total / count. Both are sums over samples, so the loss of a batch follows from those of its parts.
  struct Quotient {
    Tensor total;                 ///< a number
    std::optional<double> count;  ///< absent where nothing is divided
    bool masked = false;          ///< whether a mask has a part in count
  };
  Quotient quotient(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
      const Tensor& mask = {}) const;

  /// One value for each sample (and step): usually a mean over the last axis.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Which of these values count, for losses that leave some out. None: all.
  virtual Tensor valid(const Tensor& /*y_true*/, const Tensor& /*values*/) const { return {}; }
  /// True when a value depends on more than its own sample: a training step then does not split the batch.
  virtual bool mixes_samples() const { return false; }
  /// True when call gives a value for each step of (N, steps, channels), made of that step alone: a training step may then
  /// compute long samples in windows.
  virtual bool is_step_by_step() const { return false; }

  Reduction reduction() const { return reduction_; }
  const std::string& name() const { return name_; }
  virtual std::string_view type_name() const = 0;
  virtual Json get_config() const = 0;

 protected:
  /// `dtype`: what y_true and y_pred are cast to; that of y_pred when absent.
  Loss(std::string name, Reduction reduction, std::optional<DType> dtype = {})
      : name_(std::move(name)), reduction_(reduction), dtype_(dtype) {}
  Loss(const Loss&) = default;

 private:
  struct Values {
    Tensor values, mask;
  };
  Values values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const;

  std::string name_;
  Reduction reduction_;
  std::optional<DType> dtype_;
};

/// A loss, taken by name ("mse", "mean_squared_error"), as an object (MeanSquaredError()), or as any function of
/// (y_true, y_pred) that gives a value for each sample or for the batch.
///
/// "crossentropy", or "ce", is the one that the shapes ask for: binary where y_pred has a last axis of length 1, sparse
/// categorical where y_true has no axis of classes, else categorical.
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
