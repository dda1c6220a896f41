#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/random_layer.hpp>

namespace xtape {

void require_rate(std::string_view owner, double rate) {
  require(0 <= rate && rate <= 1, owner, "rate must lie in [0, 1] (received rate=", rate, ")");
}

void require_noise_shape(std::string_view owner, const std::optional<Shape>& noise_shape) {
  if (!noise_shape) return;
  const bool fits =
      std::all_of(noise_shape->begin(), noise_shape->end(), [](Index n) { return n > 0 || n == None; });
  require(fits, owner, "noise_shape must hold positive lengths or None (received noise_shape=", *noise_shape,
      ")");
}

RandomKey RandomLayer::key_of(const CallOptions& options) const {
  const RandomKey key = fold_in(key_, options.step ? *options.step : next_call());
  return options.first_step ? fold_in(key, static_cast<std::uint64_t>(*options.first_step)) : key;
}

Tensor RandomLayer::normal_like(
    const Tensor& x, double mean, double stddev, const CallOptions& options) const {
  const Index per_sample = x.rank() == 0 ? 1 : x.shape().without(0).size();
  return random_normal(x.shape(), mean, stddev,
      {.key = key_of(options),
          .dtype = is_floating(x.dtype()) ? x.dtype() : dtype(),
          .first = static_cast<std::uint64_t>(options.first_sample * per_sample)});
}

Tensor RandomLayer::drop(
    const Tensor& x, double rate, std::optional<Shape> noise_shape, const CallOptions& options) const {
  if (noise_shape && noise_shape->rank() > 0 && x.rank() > 0 && options.step) {
    // A noise_shape that names the size of the batch is that of the whole batch, of which x may be a part.
    Index& samples = (*noise_shape)[0];
    if (samples > 1 && options.first_sample + x.dim(0) <= samples) samples = None;
  }
  return dropout(
      x, rate, {.key = key_of(options), .noise_shape = noise_shape, .first_sample = options.first_sample});
}

}  // namespace xtape
