// Adamax: Adam with the largest recent gradient in place of their mean square.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdamaxConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdamaxConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m is kept each step."},
        Field{"beta_2", &C::beta_2, "How much of u is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."});
  }
};

/// m = beta_1 m + (1 - beta_1) g and u = max(beta_2 u, |g|); at step t
///
///     w -= learning_rate / (1 - beta_1^t) * m / (u + epsilon)
///
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014, section 7.1. https://keras.io/api/optimizers/adamax/
class Adamax final : public OptimizerOf<Adamax, AdamaxConfig> {
 public:
  static constexpr std::string_view class_name = "Adamax";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Adamax, AdamaxConfig>;

}  // namespace xtape
