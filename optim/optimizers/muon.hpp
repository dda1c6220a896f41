// Muon: steps of matrices that have no preferred direction.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct MuonConfig {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};
  std::vector<std::string> exclude_layers = {};
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.775;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1;
  double momentum = 0.95;
  Index ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;

  static constexpr auto fields() {
    using C = MuonConfig;
    return optimizer_fields<C>(
        Field{"adam_beta_1", &C::adam_beta_1, "How much of m is kept each step, where Adam is used."},
        Field{"adam_beta_2", &C::adam_beta_2, "How much of v is kept each step, where Adam is used."},
        Field{"adam_weight_decay", &C::adam_weight_decay, "Weight decay where Adam is used."},
        Field{"epsilon", &C::epsilon, "Keeps the division finite, where Adam is used."},
        Field{"exclude_layers", &C::exclude_layers,
            "Regular expressions; Adam is used where one is found in a path."},
        Field{"exclude_embeddings", &C::exclude_embeddings,
            "Whether Adam is used where a path has \"embedding\" in it."},
        Field{"muon_a", &C::muon_a, "Factor of X in the iteration."},
        Field{"muon_b", &C::muon_b, "Factor of X X^T X in the iteration."},
        Field{"muon_c", &C::muon_c, "Factor of (X X^T)^2 X in the iteration."},
        Field{"adam_lr_ratio", &C::adam_lr_ratio, "Factor of the learning rate where Adam is used."},
        Field{"momentum", &C::momentum, "How much of m is kept each step."},
        Field{"ns_steps", &C::ns_steps, "How often the iteration runs."},
        Field{"nesterov", &C::nesterov, "Whether to look ahead along the momentum."},
        Field{"rms_rate", &C::rms_rate, "Root mean square of a step; None for steps of norm one."});
  }
};

/// For a matrix w of shape (rows, columns): m = momentum m + g, G = g + momentum m with nesterov and m without, and
///
///     X = G / |G|,  ns_steps times  X = a X + b X X^T X + c (X X^T)^2 X
///     w -= learning_rate rms_rate sqrt(max(rows, columns)) X
///
/// which makes all singular values of G about one (a, b, c are muon_a, muon_b, muon_c). Without rms_rate the factor is
/// sqrt(max(1, rows / columns)). All variables with fewer or more axes than two, embeddings and exclude_layers are updated as
/// AdamW does, with adam_lr_ratio times the learning rate. Jordan, "Muon: An optimizer for hidden layers in neural networks",
/// 2024; Liu et al., "Muon is Scalable for LLM Training", 2025. https://keras.io/api/optimizers/muon/  Not in TF 2.4.
class Muon final : public OptimizerOf<Muon, MuonConfig> {
 public:
  static constexpr std::string_view class_name = "Muon";
  /// Throws ValueError for ns_steps below 0 and for an expression that is none.
  explicit Muon(Config config);
  Muon() : Muon(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
  std::optional<double> weight_decay_of(const Variable& variable) const override;

 private:
  bool uses_adam(const Variable& variable) const;
};

extern template class OptimizerOf<Muon, MuonConfig>;

}  // namespace xtape
