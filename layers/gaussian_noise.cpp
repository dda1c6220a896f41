#include <cmath>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

GaussianNoise::GaussianNoise(Config config) : RandomLayer(class_name, config), config_(std::move(config)) {
  const double stddev = config_.stddev;
  require(0 <= stddev && stddev <= 1, class_name, "stddev must lie in [0, 1] (received stddev=", stddev, ")");
}

Json GaussianNoise::get_config() const { return layer_config(*this, config_); }

Tensor GaussianNoise::call(const Tensor& x, const CallOptions& options) const {
  if (!options.training || config_.stddev == 0) return x;
  return add(x, normal_like(x, 0, config_.stddev, options));
}

GaussianDropout::GaussianDropout(Config config)
    : RandomLayer(class_name, config), config_(std::move(config)) {
  require_rate(class_name, config_.rate);
}

Json GaussianDropout::get_config() const { return layer_config(*this, config_); }

Tensor GaussianDropout::call(const Tensor& x, const CallOptions& options) const {
  const double rate = config_.rate;
  if (!options.training || rate == 0) return x;
  require(rate < 1, name(), "rate must be below 1 in training (received rate=", rate, ")");
  return multiply(x, normal_like(x, 1, std::sqrt(rate / (1 - rate)), options));
}

}  // namespace xtape
