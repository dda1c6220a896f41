#include <xtape/core/errors.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/up_sampling1d.hpp>

namespace xtape {

UpSampling1D::UpSampling1D(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(config_.size > 0, class_name, "size must be a positive integer (received size=", config_.size, ")");
}
UpSampling1D::UpSampling1D() : UpSampling1D(Config{}) {}

Json UpSampling1D::get_config() const { return layer_config(*this, config_); }

Shape UpSampling1D::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  const Index steps = input_shape[1];
  return {input_shape[0], steps == None ? None : steps * config_.size, input_shape[2]};
}

Tensor UpSampling1D::call(const Tensor& x, const CallOptions&) const { return repeat(x, config_.size, 1); }

std::optional<Reach> UpSampling1D::reach_itself(const Shapes& input_shapes, bool) const {
  return then(step_by_step(input_shapes), Reach{.up = config_.size});
}

}  // namespace xtape
