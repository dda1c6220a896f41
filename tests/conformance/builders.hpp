// Objects from the Keras configs of the cases, through the registries that users have.
#pragma once
#include <string>

#include "case.hpp"

#include <xtape/core/registry.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>

namespace xtape::conformance {

/// {"class_name": ..., "config": {...}}, or a name. Throws NotBuilt for a class that the registry does not have.
template <class Product>
Product build_from(const Registry<Product>& registry, const Json& json, std::string_view kind) {
  const bool is_name = json.is_string();
  const std::string class_name = (is_name ? json : json.at("class_name")).template get<std::string>();
  if (!registry.find(class_name)) throw NotBuilt{class_name};
  return registry.make(class_name, is_name ? Json::object() : json.value("config", Json::object()), kind);
}

/// A layer, or a layer around layers. Throws NotBuilt also for a class that it is made around.
AnyLayer build_layer(const Json& json);

/// An optimizer. Throws NotBuilt also for the schedule of its learning rate.
AnyOptimizer build_optimizer(const Json& json);

}  // namespace xtape::conformance
