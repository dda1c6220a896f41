// Losses between real numbers.
#pragma once
#include <optional>
#include <string>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/optim/losses/loss.hpp>

namespace xtape {

/// mean over the last axis of (y_true - y_pred)^2
Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// mean over the last axis of |y_true - y_pred|
Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);

/// The fields that every loss's Config has.
template <class Config>
constexpr auto common_loss_fields() {
  using C = Config;
  return std::tuple{
      Field{"name", &C::name, "The loss's name."},
      Field{"reduction", &C::reduction,
          "How values become one number: sum_over_batch_size, sum, mean, mean_with_sample_weight, none."},
      Field{"dtype", &C::dtype, "Has no effect: losses are computed in the dtype of y_pred.", false},
  };
}

/// The mean of (y_true - y_pred)^2. https://keras.io/api/losses/regression_losses/
class MeanSquaredError final : public Loss {
 public:
  static constexpr std::string_view class_name = "MeanSquaredError";
  struct Config {
    std::string reduction = "sum_over_batch_size";
    std::string name = "mean_squared_error";
    std::optional<DType> dtype = {};
    static constexpr auto fields() { return common_loss_fields<Config>(); }
  };
  explicit MeanSquaredError(Config config) : Loss(config.name, reduction_from_name(config.reduction)) {}
  MeanSquaredError() : MeanSquaredError(Config{}) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_squared_error(y_true, y_pred);
  }
  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;
};

/// The mean of |y_true - y_pred|. https://keras.io/api/losses/regression_losses/
class MeanAbsoluteError final : public Loss {
 public:
  static constexpr std::string_view class_name = "MeanAbsoluteError";
  struct Config {
    std::string reduction = "sum_over_batch_size";
    std::string name = "mean_absolute_error";
    std::optional<DType> dtype = {};
    static constexpr auto fields() { return common_loss_fields<Config>(); }
  };
  explicit MeanAbsoluteError(Config config) : Loss(config.name, reduction_from_name(config.reduction)) {}
  MeanAbsoluteError() : MeanAbsoluteError(Config{}) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return mean_absolute_error(y_true, y_pred);
  }
  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;
};

}  // namespace xtape
