#include <xtape/core/config_json.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Activation::Activation(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}

Activation::Activation(ActivationFunction activation)
    : Activation(Config{.activation = std::move(activation)}) {}

Json Activation::get_config() const { return layer_config(*this, config_); }

Tensor Activation::call(const Tensor& x, const CallOptions&) const {
  return config_.activation ? config_.activation(x) : x;
}

std::optional<Reach> Activation::reach_itself(const Shapes& input_shapes, bool) const {
  return activations::is_step_by_step(config_.activation) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
