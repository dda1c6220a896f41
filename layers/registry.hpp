// All layers by their Keras names, for model files and for whoever builds a layer from its config.
#pragma once
#include <map>
#include <string>

#include <xtape/core/json.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {

template <class Product>
class Registry;

/// Every layer class of xtape, with Keras's aliases.
const Registry<AnyLayer>& layer_registry();

/// A layer from {"class_name": "Dense", "config": {...}}, or from its two parts. Throws ValueError for a class that is
/// not known and for arguments that it does not take. `custom` adds a user's own classes, for layers inside layers too.
AnyLayer layer_from_json(const Json& json, const Registry<AnyLayer>* custom = nullptr);
AnyLayer make_layer(
    const std::string& class_name, const Json& config, const Registry<AnyLayer>* custom = nullptr);

}  // namespace xtape
