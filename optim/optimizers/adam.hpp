// Adam: steps of a size that adapts to each weight.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdamConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m is kept each step."},
        Field{"beta_2", &C::beta_2, "How much of v is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."},
        Field{"amsgrad", &C::amsgrad, "Whether v never shrinks."});
  }
};

/// m = beta_1 m + (1 - beta_1) g and v = beta_2 v + (1 - beta_2) g^2 follow the gradient's mean and its square; at step t
///
///     w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)
///
/// With amsgrad the largest v so far stands in the root. Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014
/// (epsilon is the paper's epsilon hat); Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond", 2018.
/// https://keras.io/api/optimizers/adam/
class Adam final : public OptimizerOf<Adam, AdamConfig> {
 public:
  static constexpr std::string_view class_name = "Adam";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Adam, AdamConfig>;

}  // namespace xtape
