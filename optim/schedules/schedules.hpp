// All schedules. Each is called with the step, counted from 0, and answers its
// learning rate.
//
// In the formulas t is the step, lr the initial learning rate, and p = t /
// decay_steps; decay_steps must be positive, or ValueError is thrown. All but
// CosineDecay's warm-up, which is Keras 3's, are the same in TF 2.4.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <xtape/core/config.hpp>
#include <xtape/optim/schedules/schedule.hpp>

namespace xtape {

/// The base of a schedule class with its Config. Self checks its arguments and
/// answers the learning rate.
template <class ConfigOfSelf>
class ScheduleOf {
 public:
  using Config = ConfigOfSelf;
  explicit ScheduleOf(Config config) : config_(std::move(config)) {}
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

struct ExponentialDecayConfig {
  double initial_learning_rate = 0;
  Index decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  std::string name = "ExponentialDecay";

  static constexpr auto fields() {
    using C = ExponentialDecayConfig;
    return std::tuple{
        Field{"initial_learning_rate", &C::initial_learning_rate, "The learning rate of step 0."},
        Field{"decay_steps", &C::decay_steps, "After how many steps decay_rate is reached."},
        Field{"decay_rate", &C::decay_rate, "The factor for decay_steps steps."},
        Field{"staircase", &C::staircase, "Whether to change at multiples of decay_steps only."},
        Field{"name", &C::name, "The schedule's name."}};
  }
};
/// lr decay_rate^p, with floor(p) for a staircase.
/// https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/
class ExponentialDecay final : public ScheduleOf<ExponentialDecayConfig> {
 public:
  static constexpr std::string_view class_name = "ExponentialDecay";
  explicit ExponentialDecay(Config config);
  double operator()(std::int64_t step) const;
};

struct InverseTimeDecayConfig {
  double initial_learning_rate = 0;
  Index decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  std::string name = "InverseTimeDecay";

  static constexpr auto fields() {
    using C = InverseTimeDecayConfig;
    return std::tuple{
        Field{"initial_learning_rate", &C::initial_learning_rate, "The learning rate of step 0."},
        Field{"decay_steps", &C::decay_steps, "How many steps are one unit of time."},
        Field{"decay_rate", &C::decay_rate, "How much the divisor grows in a unit of time."},
        Field{"staircase", &C::staircase, "Whether to change at multiples of decay_steps only."},
        Field{"name", &C::name, "The schedule's name."}};
  }
};
/// lr / (1 + decay_rate p), with floor(p) for a staircase.
/// https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/
class InverseTimeDecay final : public ScheduleOf<InverseTimeDecayConfig> {
 public:
  static constexpr std::string_view class_name = "InverseTimeDecay";
  explicit InverseTimeDecay(Config config);
  double operator()(std::int64_t step) const;
};

struct PiecewiseConstantDecayConfig {
  std::vector<double> boundaries = {};
  std::vector<double> values = {};
  std::string name = "PiecewiseConstant";

  static constexpr auto fields() {
    using C = PiecewiseConstantDecayConfig;
    return std::tuple{
        Field{"boundaries", &C::boundaries, "The last step of each piece but the last, in order."},
        Field{"values", &C::values, "The learning rate of each piece, one more than boundaries."},
        Field{"name", &C::name, "The schedule's name."}};
  }
};
/// values[i] for the first i with t <= boundaries[i], the last value behind
/// them.
/// https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/
class PiecewiseConstantDecay final : public ScheduleOf<PiecewiseConstantDecayConfig> {
 public:
  static constexpr std::string_view class_name = "PiecewiseConstantDecay";
  /// Throws ValueError unless there is one more value than boundaries.
  explicit PiecewiseConstantDecay(Config config);
  double operator()(std::int64_t step) const;
};

struct PolynomialDecayConfig {
  double initial_learning_rate = 0;
  Index decay_steps = 0;
  double end_learning_rate = 0.0001;
  double power = 1;
  bool cycle = false;
  std::string name = "PolynomialDecay";

  static constexpr auto fields() {
    using C = PolynomialDecayConfig;
    return std::tuple{
        Field{"initial_learning_rate", &C::initial_learning_rate, "The learning rate of step 0."},
        Field{"decay_steps", &C::decay_steps, "After how many steps the end is reached."},
        Field{"end_learning_rate", &C::end_learning_rate, "The learning rate at the end."},
        Field{"power", &C::power, "The power of the polynomial: 1 for a straight line."},
        Field{"cycle", &C::cycle,
            "Whether to start again behind the end, and take longer each "
            "time."},
        Field{"name", &C::name, "The schedule's name."}};
  }
};
/// (lr - end_learning_rate) (1 - p)^power + end_learning_rate, where p stays 1
/// behind decay_steps; with cycle decay_steps is replaced by its next multiple
/// from t on.
/// https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/
class PolynomialDecay final : public ScheduleOf<PolynomialDecayConfig> {
 public:
  static constexpr std::string_view class_name = "PolynomialDecay";
  explicit PolynomialDecay(Config config);
  double operator()(std::int64_t step) const;
};

struct CosineDecayConfig {
  double initial_learning_rate = 0;
  Index decay_steps = 0;
  double alpha = 0;
  std::string name = "CosineDecay";
  std::optional<double> warmup_target = {};
  Index warmup_steps = 0;

  static constexpr auto fields() {
    using C = CosineDecayConfig;
    return std::tuple{
        Field{"initial_learning_rate", &C::initial_learning_rate, "The learning rate of step 0."},
        Field{
            "decay_steps", &C::decay_steps, "After how many steps, without the warm-up, the end is reached."},
        Field{"alpha", &C::alpha, "The share of the learning rate that is left at the end."},
        Field{"name", &C::name, "The schedule's name."},
        Field{"warmup_target", &C::warmup_target, "Where the warm-up ends; None for no warm-up."},
        Field{"warmup_steps", &C::warmup_steps, "How many steps the warm-up takes."}};
  }
};
/// lr ((1 - alpha) (1 + cos(pi p)) / 2 + alpha), where p stays 1 behind
/// decay_steps. With a warm-up the learning rate first goes from lr to
/// warmup_target along a straight line, and falls from there. Loshchilov and
/// Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016.
/// https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/
class CosineDecay final : public ScheduleOf<CosineDecayConfig> {
 public:
  static constexpr std::string_view class_name = "CosineDecay";
  explicit CosineDecay(Config config);
  double operator()(std::int64_t step) const;
};

struct CosineDecayRestartsConfig {
  double initial_learning_rate = 0;
  Index first_decay_steps = 0;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
  std::string name = "SGDRDecay";

  static constexpr auto fields() {
    using C = CosineDecayRestartsConfig;
    return std::tuple{
        Field{"initial_learning_rate", &C::initial_learning_rate, "The learning rate of step 0."},
        Field{"first_decay_steps", &C::first_decay_steps, "How many steps the first period has."},
        Field{"t_mul", &C::t_mul, "How many times longer each period is than the one before."},
        Field{"m_mul", &C::m_mul,
            "The first learning rate of a period, as a share of that of the "
            "one before."},
        Field{"alpha", &C::alpha,
            "The share of the initial learning rate that is left at the end "
            "of a period."},
        Field{"name", &C::name, "The schedule's name."}};
  }
};
/// lr ((1 - alpha) m_mul^i (1 + cos(pi q)) / 2 + alpha), where i counts the
/// periods before this one and q in [0, 1) is the share of this one that is
/// over. Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
/// Restarts", 2016.
/// https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/
class CosineDecayRestarts final : public ScheduleOf<CosineDecayRestartsConfig> {
 public:
  static constexpr std::string_view class_name = "CosineDecayRestarts";
  /// Throws ValueError unless first_decay_steps and t_mul are positive.
  explicit CosineDecayRestarts(Config config);
  double operator()(std::int64_t step) const;
};

extern template class ScheduleOf<ExponentialDecayConfig>;
extern template class ScheduleOf<InverseTimeDecayConfig>;
extern template class ScheduleOf<PiecewiseConstantDecayConfig>;
extern template class ScheduleOf<PolynomialDecayConfig>;
extern template class ScheduleOf<CosineDecayConfig>;
extern template class ScheduleOf<CosineDecayRestartsConfig>;

}  // namespace xtape
