// Models as JSON texts: Model::to_json writes one, and what is here reads it.
#pragma once
#include <string>

#include <xtape/layers/model.hpp>

namespace xtape {

struct CustomObjects;  // <xtape/layers/saving/custom_objects.hpp>

/// The model of a text that Model::to_json, Keras 3, Keras 2 or TensorFlow 2.4 wrote: its layers with new weights.
/// Throws ValueError for a text that is no model, and for classes and arguments that are not known.
AnyModel model_from_json(const std::string& text);
AnyModel model_from_json(const std::string& text, const CustomObjects& custom_objects);

/// A model of the same layers, made anew, with weights of its own.
AnyModel clone_model(const Model& model);
AnyModel clone_model(const Model& model, const CustomObjects& custom_objects);

}  // namespace xtape
