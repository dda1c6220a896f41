#include <xtape/layers/activity_regularization.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>

namespace xtape {

ActivityRegularization::ActivityRegularization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  set_activity_regularizer(regularizers::L1L2({.l1 = config_.l1, .l2 = config_.l2}));
}
ActivityRegularization::ActivityRegularization() : ActivityRegularization(Config{}) {}

Json ActivityRegularization::get_config() const { return layer_config(*this, config_); }

}  // namespace xtape
