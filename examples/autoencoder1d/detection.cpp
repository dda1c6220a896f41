#include "detection.hpp"

#include <algorithm>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>

namespace autoencoder1d {
namespace {

std::vector<bool> flag_steps(const std::vector<bool>& flagged, const Windows& windows, StepRule rule) {
  std::vector<Index> held(windows.steps), held_flagged(windows.steps);
  for (Index i = 0; i < windows.count(); ++i)
    for (Index t = i * windows.stride; t < i * windows.stride + windows.length(); ++t) {
      held[t] += 1;
      held_flagged[t] += flagged[i] ? 1 : 0;
    }
  const Index fewest = std::max<Index>(1, windows.length() / windows.stride);
  std::vector<bool> steps(windows.steps);
  for (Index t = 0; t < windows.steps; ++t)
    steps[t] =
        rule == StepRule::any_window ? held_flagged[t] > 0 : held[t] >= fewest && held_flagged[t] == held[t];
  return steps;
}

std::vector<Stretch> stretches_of(const std::vector<bool>& flagged) {
  std::vector<Stretch> stretches;
  const auto steps = static_cast<Index>(flagged.size());
  for (Index t = 0; t < steps; ++t) {
    if (!flagged[t]) continue;
    if (t == 0 || !flagged[t - 1]) stretches.push_back({t, t});
    stretches.back().last = t;
  }
  return stretches;
}

}  // namespace

Index Detection::windows_flagged() const {
  return std::count(flagged_windows.begin(), flagged_windows.end(), true);
}
Index Detection::steps_flagged() const {
  return std::count(flagged_steps.begin(), flagged_steps.end(), true);
}

Tensor mean_absolute_error(const Tensor& rebuilt, const Tensor& x) { return mean(abs(rebuilt - x), {1, 2}); }

Detection detect(const std::string& name, const std::string& title, const Tensor& training_errors,
    const Tensor& errors, const Windows& windows, StepRule rule) {
  Detection d{name, title, errors.to_vector(), max(training_errors).item(), {}, {}, {}};
  for (const double error : d.errors) d.flagged_windows.push_back(error > d.threshold);
  d.flagged_steps = flag_steps(d.flagged_windows, windows, rule);
  d.stretches = stretches_of(d.flagged_steps);
  return d;
}

}  // namespace autoencoder1d
