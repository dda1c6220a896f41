// Lion: steps of one size, by the sign of the momentum.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct LionConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = LionConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m goes into the sign, in (0, 1]."},
        Field{"beta_2", &C::beta_2, "How much of m is kept each step."});
  }
};

/// w -= learning_rate sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.
///
/// Wants a learning rate 3 to 10 times smaller than Adam's. Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
/// https://keras.io/api/optimizers/lion/  Not in TF 2.4.
class Lion final : public OptimizerOf<Lion, LionConfig> {
 public:
  static constexpr std::string_view class_name = "Lion";
  /// Throws ValueError for beta_1 outside (0, 1].
  explicit Lion(Config config);
  Lion() : Lion(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Lion, LionConfig>;

}  // namespace xtape
