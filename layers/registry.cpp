#include <xtape/core/object_impl.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/activation_layers.hpp>
#include <xtape/layers/activity_regularization.hpp>
#include <xtape/layers/alpha_dropout.hpp>
#include <xtape/layers/attention.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/concatenate.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/cropping1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/depthwise_conv1d.hpp>
#include <xtape/layers/dot.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/einsum_dense.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/global_pooling1d.hpp>
#include <xtape/layers/group_normalization.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/identity.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/lambda.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/merging.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/normalization.hpp>
#include <xtape/layers/permute.hpp>
#include <xtape/layers/pooling1d.hpp>
#include <xtape/layers/prelu.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/repeat_vector.hpp>
#include <xtape/layers/rescaling.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/rms_normalization.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/saving/model_config.hpp>
#include <xtape/layers/separable_conv1d.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/layers/simple_rnn.hpp>
#include <xtape/layers/spatial_dropout1d.hpp>
#include <xtape/layers/spectral_normalization.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>
#include <xtape/layers/time_distributed.hpp>
#include <xtape/layers/unit_normalization.hpp>
#include <xtape/layers/up_sampling1d.hpp>
#include <xtape/layers/zero_padding1d.hpp>

namespace xtape {
namespace {

/// The one list of layer classes.
Registry<AnyLayer> make_registry() {
  Registry<AnyLayer> registry;
  registry.add<Activation>();
  registry.add<ActivityRegularization>();
  registry.add<Add>();
  registry.add<AlphaDropout>();
  registry.add<Attention>();
  registry.add<Average>();
  registry.add<AveragePooling1D>();
  registry.add<BatchNormalization>();
  registry.add<Bidirectional>();
  registry.add<Concatenate>();
  registry.add<Conv1D>();
  registry.add<Conv1DTranspose>();
  registry.add<Cropping1D>();
  registry.add<Dense>();
  registry.add<DepthwiseConv1D>();
  registry.add<Dot>();
  registry.add<Dropout>();
  registry.add<EinsumDense>();
  registry.add<ELU>();
  registry.add<Embedding>();
  registry.add<Flatten>();
  registry.add<GaussianDropout>();
  registry.add<GaussianNoise>();
  registry.add<GlobalAveragePooling1D>();
  registry.add<GlobalMaxPooling1D>();
  registry.add<GroupNormalization>();
  registry.add<GRU>();
  registry.add<GRUCell>();
  registry.add<Identity>();
  registry.add<InputLayer>();
  registry.add<Lambda>();
  registry.add<LayerNormalization>();
  registry.add<LeakyReLU>();
  registry.add<LSTM>();
  registry.add<LSTMCell>();
  registry.add<Masking>();
  registry.add<Maximum>();
  registry.add<MaxPooling1D>();
  registry.add<Minimum>();
  registry.add<MultiHeadAttention>();
  registry.add<Multiply>();
  registry.add<Normalization>();
  registry.add<Permute>();
  registry.add<PReLU>();
  registry.add<ReLU>();
  registry.add<RepeatVector>();
  registry.add<Rescaling>();
  registry.add<Reshape>();
  registry.add<RMSNormalization>();
  registry.add<RNN>();
  registry.add<SeparableConv1D>();
  registry.add<SimpleRNN>();
  registry.add<SimpleRNNCell>();
  registry.add<Softmax>();
  registry.add<SpatialDropout1D>();
  registry.add<SpectralNormalization>();
  registry.add<StackedRNNCells>();
  registry.add<Subtract>();
  registry.add<TimeDistributed>();
  registry.add<UnitNormalization>();
  registry.add<UpSampling1D>();
  registry.add<ZeroPadding1D>();

  registry.alias("AvgPool1D", "AveragePooling1D");
  registry.alias("Convolution1D", "Conv1D");
  registry.alias("Convolution1DTranspose", "Conv1DTranspose");
  registry.alias("GlobalAvgPool1D", "GlobalAveragePooling1D");
  registry.alias("GlobalMaxPool1D", "GlobalMaxPooling1D");
  registry.alias("Input", "InputLayer");
  registry.alias("MaxPool1D", "MaxPooling1D");
  registry.alias("SeparableConvolution1D", "SeparableConv1D");
  return registry;
}

/// A config of another Keras in our words.
Json translated(const std::string& class_name, Json config) {
  if (!config.is_object()) return config;
  for (const char* key :
      {"lora_alpha", "lora_rank", "quantization_config"})  // Keras 3 writes null where they are not used
    if (config.contains(key) && config[key].is_null()) config.erase(key);
  if (!config.contains("batch_input_shape")) return config;
  const Json shape = config["batch_input_shape"];
  config.erase("batch_input_shape");
  if (class_name == InputLayer::class_name) {
    config["batch_shape"] = shape;
  } else if (shape.is_array() && !shape.empty()) {
    config["input_shape"] = Json(shape.begin() + 1, shape.end());
  }
  return config;
}

/// One shape, or a list of them.
Shapes shapes_from(const Json& json) {
  Shapes shapes;
  if (json.is_array() && !json.empty() && json[0].is_array()) {
    from_json_value(json, shapes, "build_config");
  } else {
    from_json_value(json, shapes.emplace_back(), "build_config");
  }
  return shapes;
}

}  // namespace

const Registry<AnyLayer>& layer_registry() {
  static const Registry<AnyLayer> registry = make_registry();
  return registry;
}

AnyLayer make_layer(const std::string& class_name, const Json& config) {
  if (class_name == Sequential::class_name) return sequential_from_config(config);
  if (class_name == Functional::class_name || class_name == "Model") return functional_from_config(config);
  return layer_registry().make(class_name, translated(class_name, config), "layer");
}

AnyLayer layer_from_json(const Json& json) {
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string())
    throw ValueError(
        concat("layer: must be an object with class_name and config (received ", json.dump(), ")"));
  const AnyLayer layer = make_layer(
      json["class_name"].get<std::string>(), json.contains("config") ? json["config"] : Json::object());
  const Json build_config = json.value("build_config", Json());
  const Json built_for = build_config.is_object() ? build_config.value("input_shape", Json()) : Json();
  if (!built_for.is_null() && !layer->is_built()) layer->build(shapes_from(built_for));
  return layer;
}

Json layer_to_json(const Layer& layer) {
  const std::string class_name(layer.type_name());
  Json out = {{"module", "keras.layers"}, {"class_name", class_name}, {"config", layer.get_config()},
      {"registered_name", nullptr}};
  if (class_name == Sequential::class_name) {
    out["module"] = "keras";
  } else if (class_name == Functional::class_name) {
    out["module"] = "keras.src.models.functional";
    out["registered_name"] = class_name;
  } else if (!layer_registry().find(class_name)) {  // a user's own
    out["module"] = nullptr;
    out["registered_name"] = class_name;
  }
  if (layer.is_built() && !layer.weights().empty()) {
    const Shapes& shapes = layer.build_shapes();
    out["build_config"] = {
        {"input_shape", shapes.size() == 1 ? to_json_value(shapes[0]) : to_json_value(shapes)}};
  }
  return out;
}

Json to_json_value(const AnyLayer& layer) { return layer ? layer_to_json(*layer) : Json(nullptr); }

void from_json_value(const Json& json, AnyLayer& layer, std::string_view) {
  layer = json.is_null() ? AnyLayer() : layer_from_json(json);
}

}  // namespace xtape
