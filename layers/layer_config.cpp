#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Json dtype_policy(DType dtype) {
  return {{"module", "keras"}, {"class_name", "DTypePolicy"},
      {"config", {{"name", std::string(name(dtype))}}}, {"registered_name", nullptr}};
}

Json layer_config(const Layer& layer, const std::vector<ConfigEntry>& arguments) {
  Json out = entries_to_json(arguments);
  out["name"] = layer.name();
  out["trainable"] = layer.trainable();
  out["dtype"] = dtype_policy(layer.dtype());
  return out;
}

}  // namespace xtape
