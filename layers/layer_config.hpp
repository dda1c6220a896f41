// The arguments that every layer takes, layers as arguments of others, and a layer's get_config. For a layer's header:
// common_fields; for its source file: layer_config.
#pragma once
#include <string_view>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/core/json.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {

/// name, trainable, dtype and input_shape, which stand at the end of each layer's Config.
template <class Config>
constexpr auto common_fields() {
  return std::tuple{
      Field{"name", &Config::name, "The layer's name; made from the class's name when empty."},
      Field{"trainable", &Config::trainable, "Whether training changes the weights."},
      Field{"dtype", &Config::dtype, "Of weights and results; the default dtype when absent."},
      Field{"input_shape", &Config::input_shape,
          "The shape of one sample; the layer can then be built before it is called.", false},
  };
}

/// A layer as an argument, Bidirectional's `layer`, in Keras's form and back: {"module": "keras.layers",
/// "class_name": "LSTM", "config": {...}, "registered_name": null}, or null for None. Classes of one's own are found while
/// a CustomObjectScope is open.
Json to_json_value(const AnyLayer& layer);
void from_json_value(const Json& json, AnyLayer& layer, std::string_view);

/// What a layer's get_config returns: its Config in Keras's form, with the name and the state that it has now.
template <class Config>
Json layer_config(const Layer& layer, Config config);

}  // namespace xtape
