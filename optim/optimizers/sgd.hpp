// SGD: steps against the gradient, with or without momentum.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

struct SGDConfig {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<Index> gradient_accumulation_steps = {};
  std::string name = {};

  static constexpr auto fields() {
    using C = SGDConfig;
    return optimizer_fields<C>(
        Field{"momentum", &C::momentum, "How much of the last step is repeated, in [0, 1]."},
        Field{"nesterov", &C::nesterov, "Whether to look ahead along the momentum."});
  }
};

/// w -= learning_rate g.
///
/// With momentum: m = momentum m - learning_rate g, w += m; with nesterov as well: w += momentum m - learning_rate g
/// (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013).
/// https://keras.io/api/optimizers/sgd/
class SGD final : public OptimizerOf<SGD, SGDConfig> {
 public:
  static constexpr std::string_view class_name = "SGD";
  /// Throws ValueError for momentum outside [0, 1].
  explicit SGD(Config config);
  SGD() : SGD(Config{}) {}

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;
};

extern template class OptimizerOf<SGD, SGDConfig>;

}  // namespace xtape
