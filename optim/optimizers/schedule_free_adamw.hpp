// ScheduleFreeAdamW: Adam whose averaged weights replace a schedule.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct ScheduleFreeAdamWConfig {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  Index warmup_steps = 0;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = ScheduleFreeAdamWConfig;
    return optimizer_fields<C>(
        Field{"beta_1", &C::beta_1, "How far the weights lie from z towards the average x, above 0."},
        Field{"beta_2", &C::beta_2, "How much of v is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."},
        Field{"warmup_steps", &C::warmup_steps, "Over how many steps the learning rate rises from 0."});
  }
};

/// z takes Adam's steps without momentum, x is the mean of all z, and the weights y, where gradients are computed, lie between.
/// At step t, with v as Adam's:
///
///     z -= learning_rate min(1, t / warmup_steps) g / (sqrt(v / (1 - beta_2^t)) + epsilon)
///     x = (1 - 1 / t) x + z / t
///     y = (1 - beta_1) z + beta_1 x
///
/// Only z and v are kept, as x follows from y and z. For inference the weights should be x: swap_to_eval and swap_to_train
/// change between the two. Defazio et al., "The Road Less Scheduled", 2024.
/// https://keras.io/api/optimizers/schedule_free_adamw/  Not in TF 2.4.
class ScheduleFreeAdamW final : public OptimizerOf<ScheduleFreeAdamW, ScheduleFreeAdamWConfig> {
 public:
  static constexpr std::string_view class_name = "ScheduleFreeAdamW";
  /// Throws ValueError for beta_1 outside (0, 1] and for warmup_steps below 0.
  explicit ScheduleFreeAdamW(Config config);
  ScheduleFreeAdamW() : ScheduleFreeAdamW(Config{}) {}

  /// Makes the weights x, for inference. Does nothing before the first step.
  void swap_to_eval() const;
  /// Makes the weights y again, before training goes on.
  void swap_to_train() const;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<ScheduleFreeAdamW, ScheduleFreeAdamWConfig>;

}  // namespace xtape
