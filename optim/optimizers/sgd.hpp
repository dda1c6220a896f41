// SGD: steps against the gradient, with or without momentum.
#pragma once
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

/// w -= learning_rate g.
///
/// With momentum: m = momentum m - learning_rate g, w += m; with nesterov as well: w += momentum m - learning_rate g
/// (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013).
/// https://keras.io/api/optimizers/sgd/
class SGD final : public Optimizer {
 public:
  static constexpr std::string_view class_name = "SGD";
  struct Config {
    LearningRate learning_rate = 0.01;
    double momentum = 0;
    bool nesterov = false;
    std::optional<double> weight_decay = {};
    std::optional<double> clipnorm = {};
    std::optional<double> clipvalue = {};
    std::optional<double> global_clipnorm = {};
    bool use_ema = false;
    double ema_momentum = 0.99;
    std::optional<Index> ema_overwrite_frequency = {};
    std::optional<double> loss_scale_factor = {};
    std::optional<Index> gradient_accumulation_steps = {};
    std::string name = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_optimizer_fields<C>(),
          std::tuple{
              Field{"momentum", &C::momentum, "How much of the last step is repeated, in [0, 1]."},
              Field{"nesterov", &C::nesterov, "Whether to look ahead along the momentum."},
          });
    }
  };

  /// Throws ValueError for momentum outside [0, 1].
  SGD() : SGD(Config{}) {}
  explicit SGD(Config config);

  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;

 protected:
  Slots new_slots(const Variable& variable) const override;
  void update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
      std::int64_t step) const override;

 private:
  Config config_;
};

}  // namespace xtape
