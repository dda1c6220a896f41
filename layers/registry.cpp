#include <xtape/core/object_impl.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape {
namespace {

/// The one list of layer classes.
Registry<AnyLayer> make_registry() {
  auto registry = Registry<AnyLayer>::of<Activation, Conv1D, Conv1DTranspose, Dense, Dropout, Flatten,
      InputLayer, Reshape>();
  registry.alias("Convolution1D", "Conv1D");
  registry.alias("Convolution1DTranspose", "Conv1DTranspose");
  registry.alias("Input", "InputLayer");
  return registry;
}

AnyLayer sequential_from(const Json& config, const Registry<AnyLayer>* custom) {
  std::vector<AnyLayer> layers;
  if (!config.contains("layers") || !config["layers"].is_array())
    throw ValueError(concat("Sequential: config must have a list \"layers\" (received ", config.dump(), ")"));
  for (const Json& layer : config["layers"]) layers.push_back(layer_from_json(layer, custom));
  const Sequential model(
      std::move(layers), config.value("name", std::string()), config.value("trainable", true));
  if (config.contains("build_input_shape") && !config["build_input_shape"].is_null() && !model.is_built()) {
    Shape shape;
    from_json_value(config["build_input_shape"], shape, "Sequential: build_input_shape");
    model.build(shape);
  }
  return model;
}

}  // namespace

const Registry<AnyLayer>& layer_registry() {
  static const Registry<AnyLayer> registry = make_registry();
  return registry;
}

AnyLayer make_layer(const std::string& class_name, const Json& config, const Registry<AnyLayer>* custom) {
  if (custom && custom->find(class_name)) return custom->make(class_name, config, "layer");
  if (class_name == Sequential::class_name) return sequential_from(config, custom);
  return layer_registry().make(class_name, config, "layer");
}

AnyLayer layer_from_json(const Json& json, const Registry<AnyLayer>* custom) {
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string())
    throw ValueError(
        concat("layer: must be an object with class_name and config (received ", json.dump(), ")"));
  return make_layer(json["class_name"].get<std::string>(),
      json.contains("config") ? json["config"] : Json::object(), custom);
}

}  // namespace xtape
