#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/masking.hpp>

namespace xtape {

Masking::Masking(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}

Masking::Masking() : Masking(Config{}) {}

Json Masking::get_config() const { return layer_config(*this, config_); }

void Masking::check_input(const Shapes& input_shapes) const { require_min_rank(single(input_shapes), 2); }

Tensors Masking::compute_mask(const Tensors& inputs, const Tensors& /*masks*/) const {
  return {any(not_equal(single(inputs), config_.mask_value), -1)};
}

Tensor Masking::call(const Tensor& x, const CallOptions&) const {
  return multiply(x, cast(any(not_equal(x, config_.mask_value), -1, true), x.dtype()));
}

}  // namespace xtape
