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

/// A layer or model from {"class_name": "Dense", "config": {...}}, or from these two parts. Where {"build_config": ...} says
/// for which shape it was built, it is built for that. Reads what Keras 3 and TensorFlow 2.4 write. Throws ValueError for a
/// class that is not known and for arguments that it does not take.
AnyLayer layer_from_json(const Json& json);
AnyLayer make_layer(const std::string& class_name, const Json& config);

/// What layer_from_json reads, in Keras 3's form.
Json layer_to_json(const Layer& layer);

}  // namespace xtape
