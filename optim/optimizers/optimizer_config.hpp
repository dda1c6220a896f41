// OptimizerOf: what an optimizer is besides its rule. The arguments that every optimizer takes, their fields, and how they
// reach the base class.
#pragma once
#include <tuple>
#include <utility>

#include <xtape/core/config.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>

namespace xtape {

/// The fields of an optimizer's Config: the common ones, then its own. Every Config spells the common members itself, for
/// designated initializers, Adam({.learning_rate = 0.1}), do not reach into base classes.
template <class Config, class... Own>
constexpr auto optimizer_fields(Own... own) {
  using C = Config;
  return std::tuple{
      Field{"name", &C::name, "The optimizer's name; made from the class's name when empty."},
      Field{"learning_rate", &C::learning_rate, "A number, a schedule, or a function of the step."},
      Field{"weight_decay", &C::weight_decay,
          "Each step takes this share, times the learning rate, off every weight."},
      Field{"clipnorm", &C::clipnorm, "Greatest norm of each gradient."},
      Field{"global_clipnorm", &C::global_clipnorm, "Greatest norm of all gradients together."},
      Field{"clipvalue", &C::clipvalue, "Greatest absolute value of a gradient's elements."},
      Field{"use_ema", &C::use_ema, "Whether to keep moving averages of the weights."},
      Field{"ema_momentum", &C::ema_momentum, "How much of the average is kept each step."},
      Field{"ema_overwrite_frequency", &C::ema_overwrite_frequency,
          "After how many steps the averages replace the weights."},
      Field{"loss_scale_factor", &C::loss_scale_factor,
          "What the loss was multiplied by; gradients are divided by it."},
      Field{"gradient_accumulation_steps", &C::gradient_accumulation_steps,
          "How many gradients are averaged for one update."},
      own...,
  };
}

template <class Config>
OptimizerOptions optimizer_options(const Config& c) {
  return {c.learning_rate, c.weight_decay, c.clipnorm, c.clipvalue, c.global_clipnorm, c.use_ema,
      c.ema_momentum, c.ema_overwrite_frequency, c.gradient_accumulation_steps, c.loss_scale_factor, c.name};
}

/// The base of an optimizer class with its Config: class Adam : public OptimizerOf<Adam, AdamConfig>. Self says its
/// class_name, new_slots and update. Its source file instantiates this template (optimizer_config_impl.hpp).
template <class Self, class ConfigOfSelf>
class OptimizerOf : public Optimizer {
 public:
  using Config = ConfigOfSelf;
  OptimizerOf() : OptimizerOf(Config{}) {}
  explicit OptimizerOf(Config config)
      : Optimizer(Self::class_name, optimizer_options(config)), config_(std::move(config)) {}

  std::string_view type_name() const override { return Self::class_name; }
  /// The arguments, with the learning rate as it is now.
  Json get_config() const override;

 protected:
  const Config& config() const { return config_; }

 private:
  Config config_;
};

}  // namespace xtape
