// layer_config, for the layers' source files.
#pragma once
#include <xtape/core/config_json.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Keras 3's form of a dtype in a config.
inline Json dtype_policy(DType dtype) {
  return {{"module", "keras"}, {"class_name", "DTypePolicy"},
      {"config", {{"name", std::string(name(dtype))}}}, {"registered_name", nullptr}};
}

template <class Config>
Json layer_config(const Layer& layer, const Config& config) {
  Json out = config_to_json(config);
  out["name"] = layer.name();
  out["trainable"] = layer.trainable();
  out["dtype"] = dtype_policy(layer.dtype());
  return out;
}

}  // namespace xtape
