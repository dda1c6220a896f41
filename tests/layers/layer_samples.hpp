// One or more configurations of every layer class, with inputs that fit and inputs that do not: what the contract test
// runs on. A class of the registry without an entry here fails the test.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/json.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/shape.hpp>
#include <xtape/layers/lambda.hpp>

namespace xtape::testing {

struct LayerSample {
  std::string class_name;
  Json config;
  std::vector<Shape> inputs;  ///< of a first call
  std::vector<Shape> other;   ///< another batch size, and another length where the layer takes any
  std::vector<std::vector<Shape>> wrong = {};  ///< inputs that the built layer must refuse
  bool draws = false;                          ///< training draws random numbers
  Index below = 0;                ///< inputs are integers in [0, below); real numbers in [-1, 1) when 0
  bool masks_elements = false;    ///< a mask has the shape of its input: every entry counts or does not
  bool takes_any_number = false;  ///< of inputs
  bool changes_itself = false;    ///< a call in training changes the weights that it uses

  std::string title() const { return class_name + " " + config.dump(); }
};

/// Random inputs of these shapes for the sample's layer, others for each seed.
inline std::vector<Tensor> random_inputs(const LayerSample& sample, const std::vector<Shape>& shapes,
    DType dtype = DType::float64, std::uint64_t seed = 0) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) {
    const RandomKey key{.seed = seed + inputs.size() + 1};
    if (sample.below > 0) {
      inputs.push_back(random_integers(shape, 0, sample.below, {.key = key, .dtype = DType::int32}));
    } else {
      inputs.push_back(random_uniform(shape, -1, 1, {.key = key, .dtype = dtype}));
    }
  }
  return inputs;
}

/// Sets the dtype of all layers inside a config.
inline void set_dtype_inside(Json& json, DType dtype) {
  if (!json.is_structured()) return;
  if (json.is_object() && json.value("module", Json()) == "keras.layers")
    json["config"]["dtype"] = std::string(name(dtype));
  for (Json& part : json) set_dtype_inside(part, dtype);
}

/// The sample's arguments for a layer, and layers inside, of that dtype.
inline Json config_in(const LayerSample& sample, DType dtype) {
  Json config = sample.config;
  set_dtype_inside(config, dtype);
  config["dtype"] = std::string(name(dtype));
  return config;
}

/// A layer as an argument of another one.
inline Json layer_json(const std::string& class_name, const Json& config) {
  return {{"module", "keras.layers"}, {"class_name", class_name}, {"config", config}};
}

inline const std::vector<LayerSample>& layer_samples() {
  register_function("samples>square", [](const Tensor& x) { return square(x); });
  static const std::vector<LayerSample> samples{
      {"Activation", {{"activation", "tanh"}}, {{2, 3, 4}}, {{5, 2}}},
      {"ActivityRegularization", {{"l1", 0.1}, {"l2", 0.2}}, {{2, 3}}, {{1, 4, 2}}},
      {"Add", Json::object(), {{2, 3, 4}, {2, 1, 4}, {2, 4}}, {{3, 2, 1}, {3, 2, 2}, {3, 2}},
          {{{2, 3}, {2, 4}, {2, 3}}, {{2, 3, 4}, {1, 3, 4}, {2, 4}}}, false, 0, false, true},
      {"AlphaDropout", {{"rate", 0.5}, {"seed", 7}}, {{4, 6}}, {{3, 2, 5}}, {}, true},
      {"AlphaDropout", {{"rate", 0.25}, {"noise_shape", {nullptr, 1, nullptr}}}, {{4, 6, 2}}, {{3, 2, 5}}, {},
          true},
      {"Attention", Json::object(), {{2, 3, 4}, {2, 5, 4}}, {{1, 2, 4}, {1, 3, 4}, {1, 3, 4}},
          {{{2, 3, 4}, {2, 5, 3}}, {{2, 3, 4}}, {{2, 3}, {2, 5}}, {{2, 3, 4}, {1, 5, 4}}}, false, 0, false,
          true},
      {"Attention", {{"use_scale", true}, {"score_mode", "concat"}, {"dropout", 0.5}},
          {{2, 3, 4}, {2, 5, 2}, {2, 5, 4}}, {{1, 2, 3}, {1, 3, 3}}, {{{2, 3, 4}, {2, 5, 4}, {2, 6, 4}}},
          true},
      {"Average", Json::object(), {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {{5, 2}, {5, 2}, {5, 1}},
          {{{2, 3}, {2, 4}}}, false, 0, false, true},
      {"AveragePooling1D", {{"pool_size", 3}, {"strides", 2}}, {{2, 7, 3}}, {{1, 4, 2}},
          {{{2, 3}}, {{2, 2, 3}}}},
      {"AveragePooling1D", {{"pool_size", 3}, {"strides", 2}, {"padding", "same"}}, {{2, 6, 3}}, {{1, 1, 2}}},
      {"BatchNormalization", Json::object(), {{4, 3}}, {{2, 3}}, {{{4, 2}}}},
      {"BatchNormalization", {{"axis", 1}, {"momentum", 0.5}, {"epsilon", 0.1}}, {{2, 3, 4}}, {{3, 3, 2}},
          {{{2, 2, 4}}, {{2, 3}}}},
      {"BatchNormalization", {{"center", false}, {"renorm", true}, {"renorm_clipping", {{"rmax", 2.5}}}},
          {{3, 4, 2}}, {{2, 1, 2}}, {{{3, 4, 1}}}, false, 0, false, false, true},
      {"Bidirectional", {{"layer", layer_json("LSTM", {{"units", 2}, {"return_sequences", true}})}},
          {{2, 3, 2}}, {{1, 4, 2}}, {{{2, 3}}, {{2, 3, 3}}}},
      {"Bidirectional",
          {{"layer", layer_json("GRU", {{"units", 2}, {"return_state", true}})}, {"merge_mode", nullptr}},
          {{2, 3, 2}, {2, 2}, {2, 2}}, {{3, 1, 2}, {3, 2}, {3, 2}}, {{{2, 3, 2}, {2, 2}}}},
      {"Concatenate", Json::object(), {{2, 3, 4}, {2, 3, 1}}, {{1, 2, 3}, {1, 2, 5}},
          {{{2, 3}, {2, 3, 1}}, {{2, 3, 4}, {2, 2, 4}}}, false, 0, false, true},
      {"Concatenate", {{"axis", 1}}, {{2, 3, 4}, {2, 1, 4}, {2, 2, 4}}, {{3, 2}, {3, 1}, {3, 4}}, {}, false,
          0, false, true},
      {"Conv1D", {{"filters", 4}, {"kernel_size", 3}, {"activation", "tanh"}}, {{2, 6, 2}}, {{3, 9, 2}},
          {{{2, 6}}, {{2, 6, 3}}, {{2, 6, 2, 1}}, {{2, 2, 2}}}},
      {"Conv1D",
          {{"filters", 4}, {"kernel_size", 4}, {"strides", 2}, {"padding", "same"}, {"use_bias", false}},
          {{2, 6, 2}}, {{3, 1, 2}}, {{{2, 6, 1}}}},
      {"Conv1D",
          {{"filters", 4}, {"kernel_size", 3}, {"dilation_rate", 2}, {"padding", "causal"}, {"groups", 2}},
          {{2, 5, 4}}, {{1, 8, 4}}, {{{2, 5, 2}}}},
      {"Conv1DTranspose", {{"filters", 3}, {"kernel_size", 3}, {"activation", "tanh"}}, {{2, 4, 2}},
          {{3, 6, 2}}, {{{2, 4}}, {{2, 4, 3}}, {{2, 4, 2, 1}}}},
      {"Conv1DTranspose",
          {{"filters", 3}, {"kernel_size", 4}, {"strides", 3}, {"padding", "same"}, {"output_padding", 1}},
          {{2, 4, 2}}, {{3, 1, 2}}, {{{2, 4, 1}}}},
      {"Conv1DTranspose", {{"filters", 3}, {"kernel_size", 3}, {"dilation_rate", 2}, {"padding", "same"}},
          {{2, 5, 2}}, {{1, 2, 2}}, {{{2, 5, 4}}}},
      {"Cropping1D", {{"cropping", {1, 2}}}, {{2, 6, 3}}, {{1, 4, 2}}, {{{2, 6}}, {{2, 3, 3}}}},
      {"Dense", {{"units", 3}, {"activation", "sigmoid"}}, {{2, 4}}, {{5, 4}}, {{{4}}, {{2, 5}}}},
      {"Dense", {{"units", 3}, {"use_bias", false}}, {{2, 3, 4}}, {{1, 6, 4}}, {{{2, 3, 1}}}},
      {"DepthwiseConv1D", {{"kernel_size", 3}, {"depth_multiplier", 2}, {"activation", "tanh"}}, {{2, 6, 2}},
          {{3, 9, 2}}, {{{2, 6}}, {{2, 6, 3}}, {{2, 6, 2, 1}}, {{2, 2, 2}}}},
      {"DepthwiseConv1D", {{"kernel_size", 2}, {"strides", 2}, {"padding", "same"}, {"use_bias", false}},
          {{2, 6, 3}}, {{3, 1, 3}}, {{{2, 6, 1}}}},
      {"Dot", {{"axes", {2, 1}}}, {{2, 3, 4}, {2, 4, 2}}, {{3, 1, 2}, {3, 2, 5}},
          {{{2, 4}, {2, 4, 2}}, {{2, 3, 4}, {2, 3, 2}}, {{2, 3, 4}, {1, 4, 2}}}},
      {"Dot", {{"axes", -1}, {"normalize", true}}, {{2, 4}, {2, 4}}, {{3, 2}, {3, 2}}},
      {"Dropout", {{"rate", 0.5}, {"seed", 7}}, {{4, 6}}, {{3, 2, 5}}, {}, true},
      {"Dropout", {{"rate", 0.25}, {"noise_shape", {nullptr, 1, nullptr}}}, {{4, 6, 2}}, {{3, 2, 5}}, {},
          true},
      {"EinsumDense", {{"equation", "abc,cd->abd"}, {"output_shape", {nullptr, 3}}, {"bias_axes", "d"}},
          {{2, 5, 4}}, {{1, 2, 4}}, {{{2, 5, 3}}, {{2, 4}}}},
      {"EinsumDense", {{"equation", "...x,xyz->...zy"}, {"output_shape", {2, 3}}, {"activation", "tanh"}},
          {{2, 5, 4}}, {{3, 4}}, {{{2, 3}}, {{4}}}},
      {"ELU", {{"alpha", 0.5}}, {{2, 3, 4}}, {{5, 2}}},
      {"Embedding", {{"input_dim", 5}, {"output_dim", 3}, {"mask_zero", true}}, {{2, 4}}, {{3, 2, 2}}, {},
          false, 5},
      {"Flatten", Json::object(), {{2, 3, 4}}, {{5, 2}}, {{Shape{}}}},
      {"GaussianDropout", {{"rate", 0.5}, {"seed", 7}}, {{4, 6}}, {{3, 2, 5}}, {}, true},
      {"GaussianNoise", {{"stddev", 0.5}, {"seed", 7}}, {{4, 6}}, {{3, 2, 5}}, {}, true},
      {"GlobalAveragePooling1D", Json::object(), {{2, 5, 3}}, {{1, 1, 2}}, {{{2, 5}}}},
      {"GlobalMaxPooling1D", {{"keepdims", true}}, {{2, 5, 3}}, {{1, 1, 2}}, {{{2, 5}}}},
      {"GroupNormalization", {{"groups", 2}}, {{2, 3, 4}}, {{3, 5, 4}}, {{{2, 3, 2}}, {{2, 4}}, {{4}}}},
      {"GroupNormalization", {{"groups", -1}, {"axis", 1}, {"scale", false}}, {{2, 3, 4}}, {{1, 3, 6}},
          {{{2, 4, 4}}}},
      {"GRU", {{"units", 2}}, {{2, 3, 2}}, {{1, 4, 2}}, {{{2, 3}}, {{2, 3, 3}}, {{2, 3, 2, 1}}}},
      {"GRU",
          {{"units", 2}, {"reset_after", false}, {"return_sequences", true}, {"dropout", 0.3},
              {"recurrent_dropout", 0.4}, {"seed", 3}},
          {{3, 3, 4}}, {{1, 2, 4}}, {}, true},
      {"GRUCell", {{"units", 3}, {"activation", "softsign"}}, {{2, 4}, {2, 3}}, {{5, 4}, {5, 3}},
          {{{2, 4}}, {{2, 3}, {2, 3}}, {{2, 4}, {2, 4}}, {{2, 1, 4}, {2, 3}}}},
      {"Identity", Json::object(), {{2, 3}, {2}}, {{5, 1}, {5}}, {}, false, 0, false, true},
      {"InputLayer", {{"shape", {nullptr, 2}}}, {{3, 4, 2}}, {{1, 7, 2}}, {{{3, 4, 1}}, {{3, 2}}}},
      {"Lambda", {{"function", "samples>square"}, {"mixes_samples", false}}, {{2, 3}}, {{1, 4, 2}}},
      {"LayerNormalization", Json::object(), {{2, 4}}, {{3, 5, 4}}, {{{2, 3}}}},
      {"LayerNormalization", {{"axis", {2, 1}}, {"epsilon", 0.1}}, {{2, 3, 4}}, {{5, 3, 4}},
          {{{2, 4, 3}}, {{2, 3}}}},
      {"LayerNormalization", {{"rms_scaling", true}}, {{2, 3, 4}}, {{1, 4}}, {{{2, 3, 3}}}},
      {"LeakyReLU", {{"negative_slope", 0.25}}, {{2, 3, 4}}, {{5, 2}}},
      {"LSTM", {{"units", 2}, {"return_sequences", true}, {"go_backwards", true}}, {{2, 3, 2}}, {{1, 4, 2}},
          {{{2, 3}}, {{2, 3, 3}}, {{2, 3, 2, 1}}}},
      {"LSTM", {{"units", 2}, {"return_state", true}, {"recurrent_activation", "hard_sigmoid_tf24"}},
          {{2, 3, 2}, {2, 2}, {2, 2}}, {{1, 4, 2}, {1, 2}, {1, 2}}, {{{2, 3, 2}, {2, 2}}}},
      {"LSTM", {{"units", 2}, {"dropout", 0.4}, {"recurrent_dropout", 0.3}}, {{3, 3, 4}}, {{1, 4, 4}}, {},
          true},
      {"LSTMCell", {{"units", 3}}, {{2, 4}, {2, 3}, {2, 3}}, {{5, 4}, {5, 3}, {5, 3}},
          {{{2, 4}}, {{2, 4}, {2, 3}}, {{2, 4}, {2, 3}, {1, 3}}}},
      {"Masking", Json::object(), {{2, 3, 4}}, {{5, 2}}, {{{2}}}},
      {"Maximum", Json::object(), {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {{5, 2}, {5, 2}, {5, 1}}, {}, false, 0,
          false, true},
      {"MaxPooling1D", {{"pool_size", 3}, {"strides", 2}}, {{2, 7, 3}}, {{1, 4, 2}}, {{{2, 3}}, {{2, 2, 3}}}},
      {"MaxPooling1D", {{"pool_size", 3}, {"strides", 2}, {"padding", "same"}}, {{2, 6, 3}}, {{1, 1, 2}}},
      {"Minimum", Json::object(), {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {{5, 2}, {5, 2}, {5, 1}}, {}, false, 0,
          false, true},
      {"MultiHeadAttention", {{"num_heads", 2}, {"key_dim", 3}}, {{2, 3, 4}, {2, 5, 3}},
          {{1, 2, 4}, {1, 6, 3}, {1, 6, 3}}, {{{2, 3, 4}}, {{2, 3}, {2, 5}}, {{2, 3, 4}, {3, 5, 3}}}, false,
          0, false, true},
      {"MultiHeadAttention",
          {{"num_heads", 2}, {"key_dim", 2}, {"value_dim", 3}, {"output_shape", {2, 2}}, {"use_bias", false},
              {"attention_axes", 2}, {"dropout", 0.25}},
          {{2, 2, 3, 4}, {2, 2, 5, 4}}, {{1, 3, 2, 4}, {1, 3, 1, 4}},
          {{{2, 2, 3, 4}, {2, 3, 5, 4}}, {{2, 2, 3}, {2, 2, 4}}}, true, 0, false, true},
      {"Multiply", Json::object(), {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {{5, 2}, {5, 2}, {5, 1}}, {}, false, 0,
          false, true},
      {"Normalization", Json::object(), {{2, 3}}, {{4, 3}}, {{{2, 2}}, {{2, 3, 3}}}},
      {"Normalization", {{"axis", nullptr}, {"mean", 0.5}, {"variance", 2}, {"invert", true}}, {{2, 3, 4}},
          {{3, 1, 5}}},
      {"Permute", {{"dims", {2, 1}}}, {{2, 3, 4}}, {{1, 2, 5}}, {{{2, 3}}}},
      {"PReLU", Json::object(), {{2, 3, 4}}, {{5, 3, 4}}, {{{2, 3, 5}}}},
      {"PReLU", {{"shared_axes", {1}}}, {{2, 3, 4}}, {{5, 1, 4}}, {{{2, 3, 5}}}},
      {"ReLU", {{"negative_slope", 0.25}, {"max_value", 0.5}, {"threshold", 0.125}}, {{2, 3, 4}}, {{5, 2}}},
      {"RepeatVector", {{"n", 3}}, {{2, 4}}, {{1, 5}}, {{{2, 3, 4}}}},
      {"Rescaling", {{"scale", {0.5, 2, -1}}, {"offset", 0.25}}, {{2, 4, 3}}, {{1, 3}}, {{{2, 4}}}},
      {"Reshape", {{"target_shape", {-1, 2}}}, {{2, 3, 4}}, {{5, 2, 2}}, {{{2, 3}}}},
      {"RMSNormalization", {{"axis", {1, -1}}}, {{2, 3, 4}}, {{1, 3, 4}}, {{{2, 3, 2}}, {{2}}}},
      {"RNN",
          {{"cell", {layer_json("SimpleRNNCell", {{"units", 3}, {"dropout", 0.4}}),
                        layer_json("LSTMCell", {{"units", 2}})}},
              {"return_sequences", true}},
          {{3, 3, 4}}, {{1, 4, 4}}, {{{3, 3, 3}}, {{3, 4}}}, true},
      {"SeparableConv1D", {{"filters", 3}, {"kernel_size", 3}, {"activation", "tanh"}}, {{2, 6, 2}},
          {{3, 9, 2}}, {{{2, 6}}, {{2, 6, 3}}, {{2, 6, 2, 1}}, {{2, 2, 2}}}},
      {"SeparableConv1D",
          {{"filters", 3}, {"kernel_size", 2}, {"dilation_rate", 2}, {"padding", "causal"},
              {"depth_multiplier", 2}},
          {{2, 6, 2}}, {{3, 1, 2}}, {{{2, 6, 1}}}},
      {"SimpleRNN", {{"units", 3}}, {{2, 3, 2}}, {{1, 4, 2}}, {{{2, 3}}, {{2, 3, 3}}, {{2, 3, 2, 1}}}},
      {"SimpleRNN",
          {{"units", 3}, {"activation", "linear"}, {"use_bias", false}, {"recurrent_dropout", 0.5},
              {"return_state", true}},
          {{4, 3, 2}}, {{1, 4, 2}}, {}, true},
      {"SimpleRNNCell", {{"units", 3}}, {{2, 4}, {2, 3}}, {{5, 4}, {5, 3}}, {{{2, 4}}, {{2, 5}, {2, 3}}}},
      {"Softmax", Json::object(), {{2, 3, 4}}, {{5, 2}}, {}, false, 0, true},
      {"Softmax", {{"axis", {1, 2}}}, {{2, 3, 4}}, {{1, 2, 5}}, {{{2, 3}}}, false, 0, true},
      {"SpatialDropout1D", {{"rate", 0.5}, {"seed", 7}}, {{4, 6, 3}}, {{1, 2, 5}}, {{{4, 6}}}, true},
      {"SpectralNormalization", {{"layer", layer_json("Dense", {{"units", 3}})}, {"power_iterations", 3}},
          {{2, 4}}, {{5, 4}}, {{{4}}, {{2, 5}}}, false, 0, false, false, true},
      {"StackedRNNCells",
          {{"cells", {layer_json("GRUCell", {{"units", 3}}), layer_json("LSTMCell", {{"units", 2}})}}},
          {{2, 4}, {2, 3}, {2, 2}, {2, 2}}, {{5, 4}, {5, 3}, {5, 2}, {5, 2}}, {{{2, 4}, {2, 3}, {2, 2}}}},
      {"Subtract", Json::object(), {{2, 3, 4}, {2, 1, 4}}, {{5, 2}, {5, 2}}, {{{2, 3}, {2, 4}}}},
      {"TimeDistributed", {{"layer", layer_json("Dense", {{"units", 3}, {"activation", "tanh"}})}},
          {{2, 3, 4}}, {{1, 5, 4}}, {{{2, 3}}, {{2, 3, 3}}}},
      {"TimeDistributed", {{"layer", layer_json("Conv1D", {{"filters", 2}, {"kernel_size", 2}})}},
          {{2, 3, 4, 2}}, {{1, 1, 5, 2}}, {{{2, 3, 4}}, {{2, 3, 4, 1}}}},
      {"TimeDistributed", {{"layer", layer_json("Dropout", {{"rate", 0.5}})}}, {{2, 3, 4}}, {{1, 5, 4}}, {},
          true},
      {"UnitNormalization", {{"axis", {1, 2}}}, {{2, 3, 4}}, {{1, 2, 5}}, {{{2, 3}}}},
      {"UpSampling1D", {{"size", 3}}, {{2, 3, 4}}, {{1, 2, 5}}, {{{2, 3}}}},
      {"ZeroPadding1D", {{"padding", {1, 2}}}, {{2, 3, 4}}, {{1, 1, 5}}, {{{2, 3}}}},
  };
  return samples;
}

}  // namespace xtape::testing
