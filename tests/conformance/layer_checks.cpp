// Layers: outputs, gradients, losses, states and shapes.
#include <algorithm>
#include <regex>

#include "builders.hpp"
#include "checks.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::conformance {
namespace {

/// Throws NotBuilt for the first layer inside of `json` that there is not.
void require_built(const Json& json) {
  if (!json.is_structured()) return;
  const bool is_layer = json.is_object() && json.contains("class_name") && json.contains("config") &&
                        json.value("module", std::string("keras.layers")).starts_with("keras.layers");
  if (is_layer && json.contains("module") && !layer_registry().find(json["class_name"].get<std::string>()))
    throw NotBuilt{json["class_name"].get<std::string>()};
  for (const Json& part : json) require_built(part);
}

Shapes shapes_of(const Tensors& tensors) {
  Shapes out;
  for (const Tensor& t : tensors) out.push_back(t.shape());
  return out;
}

/// "forward_lstm_9/lstm_cell/kernel" without the numbers that make names different, which differ from run to run.
std::string without_numbers(const std::string& path) {
  return std::regex_replace(path, std::regex("_[0-9]+(?=/)"), "");
}

/// The weight of that name, or of that path inside the layer.
Variable weight_of(const Layer& layer, const std::string& name) {
  for (const Variable& v : layer.weights())
    if (name.find('/') != std::string::npos &&
        without_numbers(v.path()).ends_with("/" + without_numbers(name)))
      return v;
  return layer.weight(name);
}

void set_weights(const Case& c, const Layer& layer) {
  const Json& weights = c.at("weights");
  const std::vector<Variable> variables = layer.weights();
  expect(
      variables.size() == weights.size(), "weights: expected ", weights.size(), ", got ", variables.size());
  for (const auto& [name, value] : weights.items()) {
    const Tensor w = c.to_tensor(value);
    const Variable variable = weight_of(layer, name);
    expect(variable.shape() == w.shape(), name, ": expected shape ", w.shape(), ", got ", variable.shape());
    variable.assign(cast(w, variable.dtype()));
  }
  if (!c.has("weight_order")) return;
  for (std::size_t i = 0; i < variables.size(); ++i)
    expect(weight_of(layer, c.at("weight_order")[i].get<std::string>()) == variables[i],
        "weight_order: expected ", c.at("weight_order").dump(), ", got ", variables[i].name(), " at ", i);
}

void expect_weights(const Case& c, const std::string& what, const Layer& layer, const Json& expected) {
  for (const auto& [name, value] : expected.items())
    c.expect_close(what + " " + name, weight_of(layer, name).current(), value);
}

CallOptions call_options(const Case& c) {
  CallOptions options;
  if (c.has("training")) options.training = c.at("training").get<bool>();
  if (c.has("mask")) {  // one, or a list with one for each input
    for (const Tensor& mask : c.at("mask").is_array() ? c.tensors("mask") : Tensors{c.tensor("mask")})
      options.masks.push_back(cast(mask, DType::boolean));
  }
  return options;
}

/// The inputs of a call, then the states that it begins with.
Tensors call_inputs(const Case& c) {
  Tensors inputs = c.has("inputs") ? c.tensors("inputs") : Tensors{c.tensor("input")};
  if (c.has("initial_state"))
    for (const Tensor& state : c.tensors("initial_state")) inputs.push_back(state);
  return inputs;
}

/// Gradients of one target, of everything that the case names, under names that end in `suffix`.
class Gradients {
 public:
  Gradients(const Case& c, GradientTape& tape, const Layer& layer, const Tensors& inputs)
      : c_(c), tape_(tape), layer_(layer), inputs_(inputs) {}

  void expect_of(const Tensor& target, const std::string& suffix) const {
    const std::string input = "grad_input" + suffix, inputs = "grad_inputs" + suffix,
                      states = "grad_initial_state" + suffix, weights = "grad_weights" + suffix;
    if (c_.has(input.c_str())) c_.expect_close(input, of(target, inputs_[0]), c_.at(input.c_str()));
    if (c_.has(inputs.c_str())) expect_list(inputs, target, 0);
    if (c_.has(states.c_str())) expect_list(states, target, 1);
    if (!c_.has(weights.c_str())) return;
    for (const auto& [name, value] : c_.at(weights.c_str()).items())
      c_.expect_close(weights + " " + name, of(target, weight_of(layer_, name)), value);
  }

  Tensor of(const Tensor& target, const Tensor& source) const {
    return tape_.gradient(target, source, {.unconnected_gradients = UnconnectedGradients::zero});
  }

 private:
  void expect_list(const std::string& field, const Tensor& target, std::size_t first) const {
    Tensors actual;
    for (std::size_t i = first; i < inputs_.size(); ++i) actual.push_back(of(target, inputs_[i]));
    c_.expect_close(field, actual, c_.at(field.c_str()));
  }

  const Case& c_;
  GradientTape& tape_;
  const Layer& layer_;
  const Tensors& inputs_;
};

Tensor weighted_sum(const Case& c, const Tensors& outputs) {
  const Tensors cotangents = c.has("cotangents") ? c.tensors("cotangents") : Tensors{c.tensor("cotangent")};
  Tensor total = zeros({}, c.dtype());
  for (std::size_t i = 0; i < cotangents.size(); ++i)
    total = add(total, sum(multiply(outputs[i], cotangents[i])));
  return total;
}

void expect_losses(const Case& c, const std::vector<Tensor>& losses) {
  const Json& expected = c.at("losses");
  expect(losses.size() == expected.size(), "losses: expected ", expected.size(), ", got ", losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i)
    c.expect_close("loss " + expected[i].at("name").get<std::string>(), losses[i], expected[i].at("value"));
}

void expect_sgd_step(const Case& c, const Layer& layer, const std::vector<Tensor>& gradients) {
  const Json& expected = c.at("after_sgd_step");
  const Json config{{"learning_rate", expected.at("learning_rate")}};
  const AnyOptimizer sgd = build_optimizer({{"class_name", "SGD"}, {"config", config}});
  sgd->apply(gradients, layer.trainable_weights());
  expect_weights(c, "after_sgd_step", layer, expected.at("weights"));
}

void check_one_call(const Case& c, const Layer& layer, const CallOptions& options) {
  const Tensors inputs = call_inputs(c);
  GradientTape tape({.persistent = true});
  for (const Tensor& x : inputs)
    if (is_floating(x.dtype())) tape.watch(x);
  Tensors masks;
  CallOptions with_masks = options;
  with_masks.output_masks = &masks;
  const Tensors outputs = layer(inputs, with_masks);
  c.accept_empty(outputs.at(0));
  if (c.has("computed_mask"))
    c.expect_close("computed_mask", masks.empty() ? Tensor() : masks[0], c.at("computed_mask"));
  expect(!c.is_at_the_edge() || c.has("output"), "expected an empty output or a ValueError, got shape ",
      outputs.at(0).shape());
  if (c.has("output")) c.expect_close("output", outputs.at(0), c.at("output"));
  if (c.has("outputs")) c.expect_close("output", outputs, c.at("outputs"));
  const Shapes shapes = layer.compute_output_shape(shapes_of(inputs));
  expect(shapes.at(0) == outputs.at(0).shape(), "compute_output_shape: ", shapes.at(0), " for an output of ",
      outputs.at(0).shape());

  const Gradients gradients(c, tape, layer, inputs);
  std::vector<Tensor> losses = layer.losses();
  Tensor all_losses = zeros({}, c.dtype());
  for (const Tensor& loss : losses) all_losses = add(all_losses, loss);
  if (c.has("losses")) expect_losses(c, losses);
  if (c.has("grad_of_losses_input"))
    c.expect_close("grad_of_losses_input", gradients.of(all_losses, inputs[0]), c.at("grad_of_losses_input"));
  if (c.has("cotangent") || c.has("cotangents")) {
    const Tensor target = weighted_sum(c, outputs);
    gradients.expect_of(target, "");
    gradients.expect_of(add(target, all_losses), "_with_losses");
    if (c.has("after_sgd_step")) expect_sgd_step(c, layer, tape.gradient(target, layer.trainable_weights()));
  }
}

void check_steps(const Case& c, const Layer& layer, const CallOptions& options) {
  for (const Json& step : c.at("steps")) {
    c.expect_close("output of a step", layer(c.to_tensor(step.at("input")), options), step.at("output"));
    if (step.contains("weights_after")) expect_weights(c, "weights_after", layer, step["weights_after"]);
  }
  if (!c.has("inference_after_steps")) return;
  const Json& after = c.at("inference_after_steps");
  c.expect_close("inference_after_steps", layer(c.to_tensor(after.at("input"))), after.at("output"));
}

}  // namespace

AnyLayer build_layer(const Json& json) {
  const std::string class_name = json.at("class_name").get<std::string>();
  if (!layer_registry().find(class_name)) throw NotBuilt{class_name};
  require_built(json.value("config", Json::object()));
  return layer_from_json(json);
}

void check_layer(const Case& c) {
  const AnyLayer layer = build_layer(c.at("layer"));
  const CallOptions options = call_options(c);
  if (c.has("steps")) {
    layer->build(c.to_tensor(c.at("steps").at(0).at("input")).shape());
    set_weights(c, *layer);
    return check_steps(c, *layer, options);
  }
  layer->build(shapes_of(call_inputs(c)));
  set_weights(c, *layer);
  check_one_call(c, *layer, options);
  if (c.has("weights_after")) expect_weights(c, "weights_after", *layer, c.at("weights_after"));
}

void check_output_shape(const Case& c) {
  const AnyLayer layer = build_layer(c.at("layer"));
  const Json& input = c.at("input_shape");
  const bool many = !input.empty() && input[0].is_array();
  Shapes inputs;
  for (const Json& shape : many ? input : Json::array({input})) inputs.push_back(to_shape(shape));
  const Shape actual = layer->compute_output_shape(inputs).at(0), expected = to_shape(c.at("output_shape"));
  expect(actual == expected, "expected ", expected, ", got ", actual);
}

}  // namespace xtape::conformance
