// layer_config, for the layers' source files.
#pragma once
#include <vector>

#include <xtape/core/config_json.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Keras 3's form of a dtype in a config.
Json dtype_policy(DType dtype);

Json layer_config(const Layer& layer, const std::vector<ConfigEntry>& arguments);

template <class Config>
Json layer_config(const Layer& layer, Config config) {
  return layer_config(layer, entries_of(config));
}

}  // namespace xtape
