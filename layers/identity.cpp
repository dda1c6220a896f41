#include <xtape/layers/identity.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Identity::Identity(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}
Identity::Identity() : Identity(Config{}) {}

Json Identity::get_config() const { return layer_config(*this, config_); }

}  // namespace xtape
