#include <cmath>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/alpha_dropout.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

AlphaDropout::AlphaDropout(Config config) : RandomLayer(class_name, config), config_(std::move(config)) {
  require_rate(class_name, config_.rate);
  require_noise_shape(class_name, config_.noise_shape);
}

Json AlphaDropout::get_config() const { return layer_config(*this, config_); }

Tensor AlphaDropout::call(const Tensor& x, const CallOptions& options) const {
  const double rate = config_.rate;
  if (!options.training || rate == 0) return x;
  if (rate == 1) return zeros_like(x);
  constexpr double s = 1.0507009873554804934193 * 1.6732632423543772848170;
  const double a = 1 / std::sqrt((1 - rate) * (1 + rate * s * s)), b = a * rate * s;
  const Tensor kept = not_equal(drop(ones_like(x), rate, config_.noise_shape, options), 0);
  return where(kept, add(multiply(x, a), b), b - a * s);
}

}  // namespace xtape
