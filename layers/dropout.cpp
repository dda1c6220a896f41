#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Dropout::Dropout(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(0 <= config_.rate && config_.rate <= 1, class_name,
      "rate must lie in [0, 1] (received rate=", config_.rate, ")");
  if (const auto& shape = config_.noise_shape) {
    require(std::all_of(shape->begin(), shape->end(), [](Index n) { return n > 0 || n == None; }), class_name,
        "noise_shape must hold positive lengths or None (received noise_shape=", *shape, ")");
  }
  key_ = LazyRandomKey(config_.seed);
}

// The stream is chosen here, in the order of the layers, and not by whichever thread calls first.
void Dropout::build_weights(const Shape&) const { [[maybe_unused]] const RandomKey key = key_; }

Json Dropout::get_config() const { return layer_config(*this, config_); }

Tensor Dropout::call(const Tensor& x, const CallOptions& options) const {
  if (!options.training || x.rank() == 0) return x;
  std::optional<Shape> noise_shape = config_.noise_shape;
  if (noise_shape && noise_shape->rank() > 0 && options.step) {
    // A noise_shape that names the size of the batch is that of the whole batch, of which x may be a part.
    Index& samples = (*noise_shape)[0];
    if (samples > 1 && options.first_sample + x.dim(0) <= samples) samples = None;
  }
  const RandomKey key = fold_in(key_, options.step ? *options.step : next_call());
  return dropout(
      x, config_.rate, {.key = key, .noise_shape = noise_shape, .first_sample = options.first_sample});
}

}  // namespace xtape
