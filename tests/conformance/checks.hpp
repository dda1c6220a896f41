// How the cases of each group are checked. A check builds what the case is about from its Keras config, through the
// registries that users have, and throws Failure at the first difference, or NotBuilt.
#pragma once
#include <string>

#include "case.hpp"

namespace xtape::conformance {

using Check = void (*)(const Case&);

/// The check of a group's cases; nullptr for a group that is not known.
Check check_of(const std::string& group);

// layers
void check_layer(const Case& c);
void check_output_shape(const Case& c);
// the objects of a layer
void check_activation(const Case& c);
void check_regularizer(const Case& c);
void check_constraint(const Case& c);
void check_initializer(const Case& c);
// arguments
void check_config(const Case& c);
void check_config_error(const Case& c);
// training
void check_loss(const Case& c);
void check_metric(const Case& c);
void check_optimizer(const Case& c);
void check_schedule(const Case& c);
void check_training(const Case& c);

}  // namespace xtape::conformance
