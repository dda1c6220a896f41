#include "checks.hpp"

#include <map>

namespace xtape::conformance {

Check check_of(const std::string& group) {
  static const std::map<std::string, Check> checks{
      {"activation_layers", check_layer},
      {"conv1d", check_layer},
      {"conv1d_transpose", check_layer},
      {"dense", check_layer},
      {"embedding", check_layer},
      {"merging", check_layer},
      {"normalization", check_layer},
      {"pooling", check_layer},
      {"recurrent", check_layer},
      {"reshaping", check_layer},
      {"separable_conv", check_layer},
      {"output_shapes", check_output_shape},
      {"activations", check_activation},
      {"regularizers", check_regularizer},
      {"constraints", check_constraint},
      {"initializers", check_initializer},
      {"configs", check_config},
      {"config_errors", check_config_error},
      {"losses", check_loss},
      {"metrics", check_metric},
      {"optimizers", check_optimizer},
      {"schedules", check_schedule},
      {"training", check_training},
  };
  const auto found = checks.find(group);
  return found == checks.end() ? nullptr : found->second;
}

}  // namespace xtape::conformance
