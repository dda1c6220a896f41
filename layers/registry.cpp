#include <xtape/core/object_impl.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape {
namespace {

/// The one list of layer classes.
Registry<AnyLayer> make_registry() {
  Registry<AnyLayer> registry;
  registry.add<Activation>();
  registry.add<Conv1D>();
  registry.add<Conv1DTranspose>();
  registry.add<Dense>();
  registry.add<Dropout>();
  registry.add<Flatten>();
  registry.add<InputLayer>();
  registry.add<Masking>();
  registry.add<Reshape>();

  registry.alias("Convolution1D", "Conv1D");
  registry.alias("Convolution1DTranspose", "Conv1DTranspose");
  registry.alias("Input", "InputLayer");
  return registry;
}

/// The user's own classes while a call that was given them runs: layers inside the layer's config find them here.
class CustomClasses {
 public:
  explicit CustomClasses(const Registry<AnyLayer>* classes) : outer_(current_) {
    if (classes) current_ = classes;
  }
  ~CustomClasses() { current_ = outer_; }
  CustomClasses(const CustomClasses&) = delete;
  CustomClasses& operator=(const CustomClasses&) = delete;

  /// Those of the innermost call that was given some, or nullptr.
  static const Registry<AnyLayer>* current() { return current_; }

 private:
  const Registry<AnyLayer>* outer_;
  static constinit thread_local const Registry<AnyLayer>* current_;
};
constinit thread_local const Registry<AnyLayer>* CustomClasses::current_ = nullptr;

AnyLayer sequential_from(const Json& config) {
  std::vector<AnyLayer> layers;
  if (!config.contains("layers") || !config["layers"].is_array())
    throw ValueError(concat("Sequential: config must have a list \"layers\" (received ", config.dump(), ")"));
  for (const Json& layer : config["layers"]) layers.push_back(layer_from_json(layer));
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
  const CustomClasses scope(custom);
  const Registry<AnyLayer>* own = CustomClasses::current();
  if (own && own->find(class_name)) return own->make(class_name, config, "layer");
  if (class_name == Sequential::class_name) return sequential_from(config);
  return layer_registry().make(class_name, config, "layer");
}

AnyLayer layer_from_json(const Json& json, const Registry<AnyLayer>* custom) {
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string())
    throw ValueError(
        concat("layer: must be an object with class_name and config (received ", json.dump(), ")"));
  return make_layer(json["class_name"].get<std::string>(),
      json.contains("config") ? json["config"] : Json::object(), custom);
}

Json to_json_value(const AnyLayer& layer) {
  if (!layer) return nullptr;
  return {{"module", "keras.layers"}, {"class_name", std::string(layer->type_name())},
      {"config", layer->get_config()}, {"registered_name", nullptr}};
}

void from_json_value(const Json& json, AnyLayer& layer, std::string_view) {
  layer = json.is_null() ? AnyLayer() : layer_from_json(json);
}

}  // namespace xtape
