#include <xtape/layers/dropout.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Dropout::Dropout(Config config) : RandomLayer(class_name, config), config_(std::move(config)) {
  require_rate(class_name, config_.rate);
  require_noise_shape(class_name, config_.noise_shape);
}

Json Dropout::get_config() const { return layer_config(*this, config_); }

Tensor Dropout::call(const Tensor& x, const CallOptions& options) const {
  if (!options.training || x.rank() == 0) return x;
  return drop(x, config_.rate, config_.noise_shape, options);
}

std::optional<Reach> Dropout::reach_itself(const Shapes& input_shapes, bool) const {
  return config_.noise_shape ? std::nullopt : step_by_step(input_shapes);
}

}  // namespace xtape
