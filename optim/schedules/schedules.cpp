#include <algorithm>
#include <cmath>
#include <numbers>

#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/optim/schedules/schedules.hpp>

namespace xtape {
namespace {

void require_steps(std::string_view owner, std::string_view name, Index steps) {
  require(steps > 0, owner, name, " must be positive (received ", name, "=", steps, ")");
}

double share(double step, Index steps) { return step / static_cast<double>(steps); }
double real(std::int64_t step) { return static_cast<double>(step); }

/// From 1 at p = 0 down to 0 at p = 1.
double half_cosine(double p) { return 0.5 * (1 + std::cos(std::numbers::pi * p)); }

}  // namespace

template <class ConfigOfSelf>
void ScheduleOf<ConfigOfSelf>::get_config(Json& out) const {
  out = config_to_json(config_);
}
template class ScheduleOf<ExponentialDecayConfig>;
template class ScheduleOf<InverseTimeDecayConfig>;
template class ScheduleOf<PiecewiseConstantDecayConfig>;
template class ScheduleOf<PolynomialDecayConfig>;
template class ScheduleOf<CosineDecayConfig>;
template class ScheduleOf<CosineDecayRestartsConfig>;

ExponentialDecay::ExponentialDecay(Config c) : ScheduleOf(std::move(c)) {
  require_steps(class_name, "decay_steps", config().decay_steps);
}
double ExponentialDecay::operator()(std::int64_t step) const {
  const double p = share(real(step), config().decay_steps);
  return config().initial_learning_rate *
         std::pow(config().decay_rate, config().staircase ? std::floor(p) : p);
}

InverseTimeDecay::InverseTimeDecay(Config c) : ScheduleOf(std::move(c)) {
  require_steps(class_name, "decay_steps", config().decay_steps);
}
double InverseTimeDecay::operator()(std::int64_t step) const {
  const double p = share(real(step), config().decay_steps);
  return config().initial_learning_rate /
         (1 + config().decay_rate * (config().staircase ? std::floor(p) : p));
}

PiecewiseConstantDecay::PiecewiseConstantDecay(Config c) : ScheduleOf(std::move(c)) {
  require(config().values.size() == config().boundaries.size() + 1, class_name,
      "values must be one more than boundaries (received ", config().boundaries.size(), " boundaries and ",
      config().values.size(), " values)");
}
double PiecewiseConstantDecay::operator()(std::int64_t step) const {
  const auto& boundaries = config().boundaries;
  const auto piece = std::find_if(
      boundaries.begin(), boundaries.end(), [&](double last_step) { return real(step) <= last_step; });
  return config().values[static_cast<std::size_t>(piece - boundaries.begin())];
}

PolynomialDecay::PolynomialDecay(Config c) : ScheduleOf(std::move(c)) {
  require_steps(class_name, "decay_steps", config().decay_steps);
}
double PolynomialDecay::operator()(std::int64_t step) const {
  const double end = config().end_learning_rate;
  double p = share(real(step), config().decay_steps);
  p = config().cycle ? p / std::max(1.0, std::ceil(p)) : std::min(p, 1.0);
  return (config().initial_learning_rate - end) * std::pow(1 - p, config().power) + end;
}

CosineDecay::CosineDecay(Config c) : ScheduleOf(std::move(c)) {
  require_steps(class_name, "decay_steps", config().decay_steps);
  require(config().warmup_steps >= 0, class_name,
      "warmup_steps must be at least 0 (received warmup_steps=", config().warmup_steps, ")");
}
double CosineDecay::operator()(std::int64_t step) const {
  double from = config().initial_learning_rate;
  if (config().warmup_target) {
    if (step < config().warmup_steps)
      return from + (*config().warmup_target - from) * share(real(step), config().warmup_steps);
    from = *config().warmup_target;
    step -= config().warmup_steps;
  }
  const double p = std::min(share(real(step), config().decay_steps), 1.0);
  return from * ((1 - config().alpha) * half_cosine(p) + config().alpha);
}

CosineDecayRestarts::CosineDecayRestarts(Config c) : ScheduleOf(std::move(c)) {
  require_steps(class_name, "first_decay_steps", config().first_decay_steps);
  require(config().t_mul > 0, class_name, "t_mul must be positive (received t_mul=", config().t_mul, ")");
}
double CosineDecayRestarts::operator()(std::int64_t step) const {
  const auto& c = config();
  double q = share(real(step), c.first_decay_steps), restarts = std::floor(q);
  if (c.t_mul == 1) {
    q -= restarts;
  } else {  // the periods before this one are a geometric series
    restarts = std::floor(std::log(1 - q * (1 - c.t_mul)) / std::log(c.t_mul));
    const double scale = std::pow(c.t_mul, restarts);
    q = (q - (1 - scale) / (1 - c.t_mul)) / scale;
  }
  const double height = std::pow(c.m_mul, restarts) * half_cosine(q);
  return c.initial_learning_rate * ((1 - c.alpha) * height + c.alpha);
}

}  // namespace xtape
