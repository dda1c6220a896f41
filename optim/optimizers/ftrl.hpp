// Ftrl: follows the regularized leader; makes sparse linear models.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct FtrlConfig {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = FtrlConfig;
    return optimizer_fields<C>(Field{"learning_rate_power", &C::learning_rate_power,
                                   "How steps shrink as gradients add up, at most 0; 0 for not at all."},
        Field{"initial_accumulator_value", &C::initial_accumulator_value,
            "What the sum of squares begins with, at least 0."},
        Field{"l1_regularization_strength", &C::l1_regularization_strength,
            "l1, at least 0: weights with less gain than this are 0."},
        Field{"l2_regularization_strength", &C::l2_regularization_strength, "l2, at least 0."},
        Field{"l2_shrinkage_regularization_strength", &C::l2_shrinkage_regularization_strength,
            "Penalty on the weights as part of the gradient, at least 0."},
        Field{"beta", &C::beta, "The paper's beta."});
  }
};

/// n is the sum of squared gradients, z what w is computed from, p = -learning_rate_power, r the learning rate:
///
///     n' = n + g^2
///     z += g + 2 l2_shrinkage w - (n'^p - n^p) / r * w
///     w = (clip(z, -l1, l1) - z) / (n'^p / r + 2 l2 + beta / r)
///
/// McMahan et al., "Ad Click Prediction: a View from the Trenches", 2013. https://keras.io/api/optimizers/ftrl/
class Ftrl final : public OptimizerOf<Ftrl, FtrlConfig> {
 public:
  static constexpr std::string_view class_name = "Ftrl";
  /// Throws ValueError for learning_rate_power above 0 and for strengths and initial_accumulator_value below 0.
  explicit Ftrl(Config config);
  Ftrl() : Ftrl(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Ftrl, FtrlConfig>;

}  // namespace xtape
