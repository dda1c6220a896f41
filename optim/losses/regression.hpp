// Losses between real numbers. https://keras.io/api/losses/regression_losses/
//
// Each is a function of (y_true, y_pred), which gives a value for each sample, and a class, which reduces them. t: y_true,
// p: y_pred, both of shape (N, ..., C); the values have the shape without the axis that the mean runs over, the last one.
// A y_true of (N,) meets a y_pred of (N, 1). All throw ValueError for shapes that cannot be broadcast.
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

/// mean (p - t)^2
Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// mean |p - t|
Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
/// 100 mean |p - t| / max(|t|, 1e-7)
Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
/// mean (ln(1 + p) - ln(1 + t))^2, where numbers below 1e-7 count as 1e-7
Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
/// -sum t p / (|t| |p|) along an axis, between -1 (the same direction) and 1; 0 for a vector of zeros
Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Index axis = -1);
/// mean ln cosh(p - t), near 0 like e^2 / 2 of the error e, far from it like |e| - ln 2
Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);
/// mean of e^2 / 2 where the error e = p - t is at most delta, else delta (|e| - delta / 2)
Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1);

/// The mean of (y_pred - y_true)^2.
class MeanSquaredError final : public LossOf<MeanSquaredError> {
 public:
  static constexpr std::string_view class_name = "MeanSquaredError";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_squared_error(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

/// The mean of |y_pred - y_true|.
class MeanAbsoluteError final : public LossOf<MeanAbsoluteError> {
 public:
  static constexpr std::string_view class_name = "MeanAbsoluteError";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_absolute_error(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

/// The mean of 100 |y_pred - y_true| / |y_true|. Divisors below 1e-7 are 1e-7.
class MeanAbsolutePercentageError final : public LossOf<MeanAbsolutePercentageError> {
 public:
  static constexpr std::string_view class_name = "MeanAbsolutePercentageError";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_absolute_percentage_error(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

/// The mean of (ln(1 + y_pred) - ln(1 + y_true))^2. Numbers below 1e-7 count as 1e-7.
class MeanSquaredLogarithmicError final : public LossOf<MeanSquaredLogarithmicError> {
 public:
  static constexpr std::string_view class_name = "MeanSquaredLogarithmicError";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_squared_logarithmic_error(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

struct CosineSimilarityConfig {
  Index axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = CosineSimilarityConfig;
    return loss_fields<C>(Field{"axis", &C::axis, "The axis that a vector runs along."});
  }
};

/// Minus the cosine of the angle between y_true and y_pred: -1 where they point the same way.
class CosineSimilarity final : public LossOf<CosineSimilarity, CosineSimilarityConfig> {
 public:
  static constexpr std::string_view class_name = "CosineSimilarity";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return cosine_similarity(y_true, y_pred, config().axis);
  }
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

/// The mean of ln cosh(y_pred - y_true): a squared error that outliers do not rule.
class LogCosh final : public LossOf<LogCosh> {
 public:
  static constexpr std::string_view class_name = "LogCosh";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return log_cosh(y_true, y_pred); }
  bool is_step_by_step() const override { return true; }
};

struct HuberConfig {
  double delta = 1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "huber_loss";
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = HuberConfig;
    return loss_fields<C>(Field{"delta", &C::delta, "The error up to which the loss is a square."});
  }
};

/// The mean of e^2 / 2 for errors up to delta, and of delta (|e| - delta / 2) beyond.
/// Huber, "Robust Estimation of a Location Parameter", 1964.
class Huber final : public LossOf<Huber, HuberConfig> {
 public:
  static constexpr std::string_view class_name = "Huber";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return huber(y_true, y_pred, config().delta);
  }
  bool is_step_by_step() const override { return true; }
};

extern template class LossOf<MeanSquaredError>;
extern template class LossOf<MeanAbsoluteError>;
extern template class LossOf<MeanAbsolutePercentageError>;
extern template class LossOf<MeanSquaredLogarithmicError>;
extern template class LossOf<CosineSimilarity, CosineSimilarityConfig>;
extern template class LossOf<LogCosh>;
extern template class LossOf<Huber, HuberConfig>;

}  // namespace xtape
