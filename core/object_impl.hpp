// The parts of Object that read and write JSON and look names up. A family's header declares, and its source file
// includes this, says which classes there are, and instantiates:
//
//     template <> const Registry<Initializer>& registry<Initializer>() { static const auto it = ...; return it; }
//     template class Object<InitializerFamily>;
//
// A family with a none_name, activations, is written by name where the arguments are the defaults: "relu", and "linear"
// for None.
#pragma once
#include <xtape/core/object.hpp>
#include <xtape/core/registry.hpp>

namespace xtape {

template <class Family, class R, class... A>
Object<Family, R(A...)> Object<Family, R(A...)>::by_name(const std::string& name) {
  if (name.empty()) return {};
  return registry<Object>().make(name, Json::object(), Family::kind);
}

template <class Family, class R, class... A>
Json Object<Family, R(A...)>::get_config() const {
  Json out = Json::object();
  if (model_) model_->get_config(out);
  return out;
}

template <class Family, class R, class... A>
void Object<Family, R(A...)>::cannot_be_written() {
  throw ValueError(
      concat(Family::kind, ": a plain function has no config; make it a class with class_name and Config"));
}

template <class Family, class R, class... A>
Object<Family, R(A...)> Object<Family, R(A...)>::from_json(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return by_name(json.get<std::string>());
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string()) {
    throw ValueError(concat(Family::kind,
        ": must be a name, null, or an object with class_name and config (received ", json.dump(), ")"));
  }
  const Json config = json.contains("config") ? json["config"] : Json::object();
  if (config.is_string())
    return by_name(config.get<std::string>());  // {"class_name": "function", "config": "relu"}
  return registry<Object>().make(json["class_name"].get<std::string>(), config, Family::kind);
}

template <class Family, class R, class... A>
Json Object<Family, R(A...)>::to_json() const {
  if constexpr (requires { Family::none_name; }) {
    if (!model_) return std::string(Family::none_name);
    const auto* entry = registry<Object>().find(std::string(class_name()));
    if (entry && entry->make(Json::object()).get_config() == get_config()) return to_snake_case(class_name());
  }
  if (!model_) return nullptr;
  return {{"module", Family::module}, {"class_name", class_name()}, {"config", get_config()},
      {"registered_name", nullptr}};
}

}  // namespace xtape
