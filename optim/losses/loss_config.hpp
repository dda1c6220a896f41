// What a loss class is made of: its formula as a function, and these few lines for its arguments.
//
//     class MeanSquaredError final : public LossOf<MeanSquaredError> {
//      public:
//       static constexpr std::string_view class_name = "MeanSquaredError";
//       using LossOf::LossOf;
//       Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
//         return mean_squared_error(y_true, y_pred);
//       }
//     };
//     extern template class LossOf<MeanSquaredError>;  // instantiated in the source file (loss_config_impl.hpp)
#pragma once
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <xtape/core/config.hpp>
#include <xtape/optim/losses/loss.hpp>

namespace xtape {

/// The fields of a loss's Config: the common ones, then its own.
template <class Config, class... Own>
constexpr auto loss_fields(Own... own) {
  using C = Config;
  return std::tuple{
      Field{"name", &C::name, "The loss's name; made from the class's name when empty."},
      Field{"reduction", &C::reduction,
          "How values become one number: sum_over_batch_size, sum, mean, mean_with_sample_weight, none."},
      Field{"dtype", &C::dtype, "What y_true and y_pred are cast to; that of y_pred when absent.", false},
      own...,
  };
}

/// The Config of losses that have no arguments of their own.
struct LossConfig {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() { return loss_fields<LossConfig>(); }
};

/// The base of a loss class with its Config. Self says its class_name and call.
template <class Self, class ConfigOfSelf = LossConfig>
class LossOf : public Loss {
 public:
  using Config = ConfigOfSelf;
  LossOf() : LossOf(Config{}) {}
  /// Throws ValueError for an unknown reduction.
  explicit LossOf(Config config)
      : Loss(config.name.empty() ? to_snake_case(Self::class_name) : config.name,
            reduction_from_name(config.reduction), config.dtype),
        config_(std::move(config)) {}

  std::string_view type_name() const override { return Self::class_name; }
  Json get_config() const override;

 protected:
  const Config& config() const { return config_; }

 private:
  Config config_;
};

}  // namespace xtape
