// AdamW: Adam with weight decay apart from the gradient.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdamWConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = 0.004, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdamWConfig;
    return optimizer_fields<C>(Field{"beta_1", &C::beta_1, "How much of m is kept each step."},
        Field{"beta_2", &C::beta_2, "How much of v is kept each step."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite."},
        Field{"amsgrad", &C::amsgrad, "Whether v never shrinks."});
  }
};

/// First w -= learning_rate weight_decay w, then Adam's step. Unlike an L2 penalty in the loss, the decay is not divided by
/// sqrt(v). Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017. Not in TF 2.4 (it was an add-on there).
/// https://keras.io/api/optimizers/adamw/
class AdamW final : public OptimizerOf<AdamW, AdamWConfig> {
 public:
  static constexpr std::string_view class_name = "AdamW";
  /// Throws ValueError for weight_decay None.
  explicit AdamW(Config config);
  AdamW() : AdamW(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<AdamW, AdamWConfig>;

}  // namespace xtape
