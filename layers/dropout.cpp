#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
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
  key_ = config_.seed ? RandomKey{.seed = static_cast<std::uint64_t>(*config_.seed)} : next_random_key();
}

Json Dropout::get_config() const { return layer_config(*this, config_); }

Shape Dropout::mask_shape(const Shape& input_shape, const CallOptions& options) const {
  if (!config_.noise_shape) return input_shape;
  const Shape& noise = *config_.noise_shape;
  require(noise.rank() == input_shape.rank(), name(), "noise_shape must have as many axes as the input ",
      input_shape, " (received noise_shape=", noise, ")");
  Shape out = noise;
  for (Index axis = 0; axis < noise.rank(); ++axis) {
    if (noise[axis] == None) out[axis] = input_shape[axis];
    // A noise_shape that names the batch's size is for the whole batch, of which the input may be a part.
    const bool part = axis == 0 && options.step && options.first_sample + input_shape[0] <= noise[0];
    if (part && noise[0] != 1) out[0] = input_shape[0];
    require(out[axis] == 1 || out[axis] == input_shape[axis], name(),
        "noise_shape must broadcast to the input's shape ", input_shape, " (received noise_shape=", noise,
        ")");
  }
  return out;
}

Tensor Dropout::call(const Tensor& x, const CallOptions& options) const {
  if (!options.training || config_.rate == 0 || x.rank() == 0) return x;
  const Shape shape = mask_shape(x.shape(), options);
  if (config_.rate == 1) return multiply(x, zeros({}, x.dtype()));

  // A sample's numbers stand in the stream at the sample's place, whichever part of the batch this call sees.
  const bool one_for_all = config_.noise_shape && (*config_.noise_shape)[0] == 1;
  const Index first = one_for_all ? 0 : options.first_sample * shape.without(0).size();
  const double keep = 1 - config_.rate;
  const Tensor mask = random_bernoulli(shape, keep,
      {.key = fold_in(key_, options.step ? *options.step : next_call()),
          .dtype = DType::boolean,
          .first = static_cast<std::uint64_t>(first)});
  return multiply(x, multiply(cast(mask, x.dtype()), 1 / keep));
}

}  // namespace xtape
