// Lamb: Adam with steps in proportion to the size of each variable.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct LambConfig {
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
    using C = LambConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m is kept each step."},
        Field{"beta_2", &C::beta_2, "How much of v is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."});
  }
};

/// m and v as Adam's, m_hat = m / (1 - beta_1^t), v_hat = v / (1 - beta_2^t), and for each variable as a whole
///
///     step = m_hat / (sqrt(v_hat) + epsilon)
///     w -= learning_rate |w| / |step| * step
///
/// with 1 in place of |w| / |step| where either is 0. You et al., "Large Batch Optimization for Deep Learning: Training BERT in
/// 76 minutes", 2019. https://keras.io/api/optimizers/lamb/  Not in TF 2.4.
class Lamb final : public OptimizerOf<Lamb, LambConfig> {
 public:
  static constexpr std::string_view class_name = "Lamb";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Lamb, LambConfig>;

}  // namespace xtape
