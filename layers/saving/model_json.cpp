#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/saving/custom_objects.hpp>
#include <xtape/layers/saving/model_json.hpp>

namespace xtape {

AnyModel model_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  require(!json.is_discarded(), "model_from_json", "the text is not JSON (received \"", text.substr(0, 80),
      "\")");
  const AnyModel model = layer_from_json(json).to<Model>();
  require(bool(model), "model_from_json", "the text describes no model but a layer of class ",
      json["class_name"].dump());
  return model;
}

AnyModel model_from_json(const std::string& text, const CustomObjects& custom_objects) {
  const CustomObjectScope scope(custom_objects);
  return model_from_json(text);
}

AnyModel clone_model(const Model& model) { return model_from_json(model.to_json()); }

AnyModel clone_model(const Model& model, const CustomObjects& custom_objects) {
  return model_from_json(model.to_json(), custom_objects);
}

}  // namespace xtape
