#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/repeat_vector.hpp>

namespace xtape {

RepeatVector::RepeatVector(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(config_.n >= 0, class_name, "n must not be negative (received n=", config_.n, ")");
}

Json RepeatVector::get_config() const { return layer_config(*this, config_); }

Shape RepeatVector::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 2);
  return input_shape.with(1, config_.n);
}

Tensor RepeatVector::call(const Tensor& x, const CallOptions&) const {
  return broadcast_to(expand_dims(x, 1), output_shape(x.shape()));
}

}  // namespace xtape
