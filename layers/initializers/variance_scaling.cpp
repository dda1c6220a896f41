#include <algorithm>
#include <cctype>
#include <cmath>

#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/initializers/random.hpp>
#include <xtape/layers/initializers/variance_scaling.hpp>

namespace xtape::initializers {
namespace {

/// The standard deviation of a standard normal variable under the condition that it lies in [-2, 2].
constexpr double truncated_stddev = 0.87962566103423978;

}  // namespace

Fans compute_fans(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {shape[0], shape[0]};
  const Index receptive_field = shape.slice(0, shape.rank() - 2).size();
  return {receptive_field * shape.dim(-2), receptive_field * shape.dim(-1)};
}

VarianceScaling::VarianceScaling(Config config) : config_(std::move(config)), key_(config_.seed) {
  require(std::isfinite(config_.scale) && config_.scale > 0, class_name,
      "scale must be a positive number (received scale=", config_.scale, ")");
  require(config_.mode == "fan_in" || config_.mode == "fan_out" || config_.mode == "fan_avg", class_name,
      "mode must be one of fan_in, fan_out, fan_avg (received mode=\"", config_.mode, "\")");
  std::string distribution = config_.distribution;
  for (char& c : distribution) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (distribution == "normal") distribution = "truncated_normal";
  require(
      distribution == "truncated_normal" || distribution == "untruncated_normal" || distribution == "uniform",
      class_name,
      "distribution must be one of truncated_normal, untruncated_normal, uniform (received distribution=\"",
      config_.distribution, "\")");
  config_.distribution = distribution;
}

Tensor VarianceScaling::operator()(const Shape& shape, DType dtype) const {
  const Fans fans = compute_fans(shape);
  const double fan_in = static_cast<double>(fans.fan_in), fan_out = static_cast<double>(fans.fan_out);
  const double fan = config_.mode == "fan_in"    ? fan_in
                     : config_.mode == "fan_out" ? fan_out
                                                 : (fan_in + fan_out) / 2;
  const double stddev = std::sqrt(config_.scale / std::max(1.0, fan));
  if (config_.distribution == "uniform") {
    const double limit = std::sqrt(3.0) * stddev;
    return random_uniform(shape, -limit, limit, {.key = key_, .dtype = dtype});
  }
  if (config_.distribution == "untruncated_normal")
    return random_normal(shape, 0, stddev, {.key = key_, .dtype = dtype});
  return truncated_normal(shape, 0, stddev / truncated_stddev, {.key = key_, .dtype = dtype});
}

void VarianceScaling::get_config(Json& out) const { out = config_to_json(config_); }
void FixedScaling::get_config(Json& out) const { out = config_to_json(config_); }

}  // namespace xtape::initializers
