// Models from their configs: what stands under "config" where the class is Sequential or Functional.
#pragma once
#include <xtape/core/json.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape {

/// A Sequential from {"name", "layers": [...], "build_input_shape"}, or from the bare list of Keras 1. Throws ValueError.
Sequential sequential_from_config(const Json& config);

/// A Functional from {"name", "layers", "input_layers", "output_layers"}, in the form of Keras 3 or in that of Keras 2 and
/// TensorFlow 2.4. Throws ValueError for a config that does not hold together.
Functional functional_from_config(const Json& config);

}  // namespace xtape
