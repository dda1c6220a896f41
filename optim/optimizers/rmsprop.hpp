// RMSprop: steps divided by the root of the mean square of recent gradients.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct RMSpropConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = RMSpropConfig;
    return optimizer_fields<C>(Field{"rho", &C::rho, "How much of v is kept each step."},
        Field{"momentum", &C::momentum, "How much of the last step is repeated."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."},
        Field{"centered", &C::centered,
            "Whether to divide by the variance of gradients instead of their mean square."});
  }
};

/// v = rho v + (1 - rho) g^2 follows the square of the gradient, and
///
///     step = learning_rate g / sqrt(v + epsilon)
///     w -= step,  or with momentum  m = momentum m + step,  w -= m
///
/// With centered, a = rho a + (1 - rho) g follows the gradient, and v - a^2, its variance, stands in the root.
/// Hinton, "Neural Networks for Machine Learning", lecture 6, 2012. https://keras.io/api/optimizers/rmsprop/
/// TF 2.4 without momentum divides by sqrt(v) + epsilon instead.
class RMSprop final : public OptimizerOf<RMSprop, RMSpropConfig> {
 public:
  static constexpr std::string_view class_name = "RMSprop";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<RMSprop, RMSpropConfig>;

}  // namespace xtape
