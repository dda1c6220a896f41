// Adadelta: steps as large as recent steps were.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdadeltaConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdadeltaConfig;
    return optimizer_fields<C>(Field{"rho", &C::rho, "How much of both averages is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."});
  }
};

/// a follows the square of the gradient, d the square of the step:
///
///     a = rho a + (1 - rho) g^2
///     step = sqrt(d + epsilon) / sqrt(a + epsilon) * g
///     d = rho d + (1 - rho) step^2
///     w -= learning_rate step
///
/// The paper has learning_rate = 1. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
/// https://keras.io/api/optimizers/adadelta/
class Adadelta final : public OptimizerOf<Adadelta, AdadeltaConfig> {
 public:
  static constexpr std::string_view class_name = "Adadelta";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Adadelta, AdadeltaConfig>;

}  // namespace xtape
