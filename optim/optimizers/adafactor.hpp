// Adafactor: keeps sums of rows and columns in place of all squares.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct AdafactorConfig {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1;
  bool relative_step = true;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = AdafactorConfig;
    return optimizer_fields<C>(
        Field{"beta_2_decay", &C::beta_2_decay, "Exponent of the share of v that is new at step t."},
        Field{"epsilon_1", &C::epsilon_1, "Added to squared gradients."},
        Field{"epsilon_2", &C::epsilon_2, "Least size of a variable that steps are in proportion to."},
        Field{"clip_threshold", &C::clip_threshold, "Greatest root mean square of u."},
        Field{"relative_step", &C::relative_step,
            "Part of the config only: steps shrink with 1 / sqrt(t) either way, as in Keras."});
  }
};

/// b = 1 - t^beta_2_decay is what is kept at step t, and rms the root of the mean square of a whole variable. A variable of two
/// or more axes keeps r and c, means of g^2 along the last axis and the last but one, in place of v:
///
///     q = g^2 + epsilon_1
///     r = b r + (1 - b) mean(q, -1),  c = b c + (1 - b) mean(q, -2),  v = r c / mean(r)
///     v = b v + (1 - b) q                                               with fewer axes
///     u = g / sqrt(v),  u /= max(1, rms(u) / clip_threshold)
///     w -= max(epsilon_2, rms(w)) min(learning_rate, 1 / sqrt(t)) u
///
/// Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
/// https://keras.io/api/optimizers/adafactor/  Not in TF 2.4.
class Adafactor final : public OptimizerOf<Adafactor, AdafactorConfig> {
 public:
  static constexpr std::string_view class_name = "Adafactor";
  using OptimizerOf::OptimizerOf;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<Adafactor, AdafactorConfig>;

}  // namespace xtape
