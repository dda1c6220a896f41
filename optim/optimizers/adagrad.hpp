// Adagrad: steps that shrink as gradients add up.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdagradConfig {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdagradConfig;
    return optimizer_fields<C>(Field{"initial_accumulator_value", &C::initial_accumulator_value,
                                   "What the sum of squares begins with, at least 0."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."});
  }
};

/// a += g^2, w -= learning_rate g / sqrt(a + epsilon), where a begins with initial_accumulator_value.
/// Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011.
/// https://keras.io/api/optimizers/adagrad/
/// TF 2.4 divides by sqrt(a) + epsilon instead.
class Adagrad final : public OptimizerOf<Adagrad, AdagradConfig> {
 public:
  static constexpr std::string_view class_name = "Adagrad";
  /// Throws ValueError for initial_accumulator_value below 0.
  explicit Adagrad(Config config);
  Adagrad() : Adagrad(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Adagrad, AdagradConfig>;

}  // namespace xtape
