// Nadam: Adam that looks ahead along its momentum.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct NadamConfig {
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
    using C = NadamConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m is kept each step."},
        Field{"beta_2", &C::beta_2, "How much of v is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."});
  }
};

/// m and v as Adam's. The momentum of step t is u_t = beta_1 (1 - 0.96^t / 2), and U_t = u_1 ... u_t:
///
///     m_hat = u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)
///     w -= learning_rate m_hat / (sqrt(v / (1 - beta_2^t)) + epsilon)
///
/// Dozat, "Incorporating Nesterov Momentum into Adam", 2016. https://keras.io/api/optimizers/nadam/
/// TF 2.4 has 0.96^(0.004 t) in u_t.
class Nadam final : public OptimizerOf<Nadam, NadamConfig> {
 public:
  static constexpr std::string_view class_name = "Nadam";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Nadam, NadamConfig>;

}  // namespace xtape
