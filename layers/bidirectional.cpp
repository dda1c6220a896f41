#include <algorithm>
#include <string_view>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/registry.hpp>

namespace xtape {
namespace {

/// "lstm" with "forward_" before it, which is not put there twice.
std::string prefixed(std::string_view prefix, std::string_view name) {
  if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
  return concat(prefix, name);
}

/// A new layer of the same arguments, but for its name and its direction.
AnyLayer made_anew(const AnyLayer& layer, std::string_view prefix, bool goes_backwards) {
  Json json = to_json_value(layer);
  json.erase("build_config");
  json["config"]["name"] = prefixed(prefix, layer->name());
  json["config"]["go_backwards"] = goes_backwards;
  return layer_from_json(json);
}

/// {x, states...} for one of the layers: the first or the second half of the states.
template <class List>
List half_of(const List& inputs, bool second) {
  List half{inputs.at(0)};
  const auto states = static_cast<std::ptrdiff_t>(inputs.size() - 1) / 2;
  const auto first = inputs.begin() + 1 + (second ? states : 0);
  half.insert(half.end(), first, first + states);
  return half;
}

Tensors merged(const std::optional<std::string>& mode, const Tensor& y, const Tensor& y_backward) {
  if (!mode) return {y, y_backward};
  if (*mode == "concat") return {concatenate({y, y_backward}, -1)};
  if (*mode == "mul") return {multiply(y, y_backward)};
  const Tensor sum = add(y, y_backward);
  return {*mode == "sum" ? sum : divide(sum, 2)};
}

}  // namespace

Bidirectional::Bidirectional(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  const auto is_recurrent = [](const AnyLayer& layer) { return layer && layer.as<RecurrentLayer>(); };
  require(is_recurrent(c.layer), class_name,
      "layer must be a recurrent layer (received layer=", c.layer ? c.layer->type_name() : "None", ")");
  require(!c.backward_layer || is_recurrent(c.backward_layer), class_name,
      "backward_layer must be a recurrent layer (received backward_layer=",
      c.backward_layer ? c.backward_layer->type_name() : "None", ")");
  constexpr std::string_view modes[] = {"concat", "sum", "ave", "mul"};
  require(!c.merge_mode || std::find(std::begin(modes), std::end(modes), *c.merge_mode) != std::end(modes),
      class_name, "merge_mode must be \"concat\", \"sum\", \"ave\", \"mul\" or None (received merge_mode=\"",
      c.merge_mode.value_or(""), "\")");
  const AnyLayer given = c.layer;
  c.layer = made_anew(given, "forward_", given.as<RecurrentLayer>()->go_backwards());
  if (!c.backward_layer) c.backward_layer = made_anew(given, "backward_", true);

  const RecurrentLayer &forward = forward_layer(), &backward = backward_layer();
  require(forward.go_backwards() != backward.go_backwards(), class_name,
      "one layer must go backwards, the other one not (received go_backwards=", forward.go_backwards(),
      " for both)");
  const auto require_same = [&](const char* argument, bool a, bool b) {
    require(a == b, class_name, argument, " must be the same for both layers (received ", a, " and ", b, ")");
  };
  require_same("stateful", forward.stateful(), backward.stateful());
  require_same("return_sequences", forward.return_sequences(), backward.return_sequences());
  require_same("return_state", forward.return_state(), backward.return_state());
  for (const RecurrentLayer* layer : {&forward, &backward})
    layer->set_zero_output_for_mask(layer->return_sequences());
  if (!c.trainable) set_trainable(false);
}

Json Bidirectional::get_config() const {
  Json config = layer_config(*this, config_);
  for (const char* layer : {"layer", "backward_layer"})
    config[layer].erase("build_config");  // they are built with it
  return config;
}

void Bidirectional::build_weights_for(const Shapes& input_shapes) const {
  build_part(forward_layer(), half_of(input_shapes, false));
  build_part(backward_layer(), half_of(input_shapes, true));
}

Shapes Bidirectional::output_shapes(const Shapes& input_shapes) const {
  const Shapes forward = forward_layer().compute_output_shape(half_of(input_shapes, false));
  const Shapes backward = backward_layer().compute_output_shape(half_of(input_shapes, true));
  Shapes shapes{forward[0]};
  if (!config_.merge_mode) shapes.push_back(backward[0]);
  if (config_.merge_mode == "concat") shapes[0].back() += backward[0].back();
  shapes.insert(shapes.end(), forward.begin() + 1, forward.end());
  shapes.insert(shapes.end(), backward.begin() + 1, backward.end());
  return shapes;
}

Tensors Bidirectional::compute_mask(const Tensors&, const Tensors& masks) const {
  if (masks.empty()) return {};
  Tensors of_outputs(config_.merge_mode ? 1 : 2, forward_layer().return_sequences() ? masks[0] : Tensor());
  if (forward_layer().return_state())
    of_outputs.resize(of_outputs.size() + 2 * forward_layer().cell().state_size().size());
  return of_outputs;
}

Tensors Bidirectional::call_many(const Tensors& inputs, const CallOptions& options) const {
  require(inputs.size() % 2 == 1, name(), "takes its input and as many states for each layer (received ",
      inputs.size(), " tensors)");
  CallOptions inner = options;
  inner.masks = {options.mask()};
  inner.output_masks = nullptr;
  const Tensors forward = forward_layer()(half_of(inputs, false), inner);
  const Tensors backward = backward_layer()(half_of(inputs, true), inner);
  const bool turns = forward_layer().return_sequences();
  Tensors outputs = merged(config_.merge_mode, forward[0], turns ? flip(backward[0], 1) : backward[0]);
  outputs.insert(outputs.end(), forward.begin() + 1, forward.end());
  outputs.insert(outputs.end(), backward.begin() + 1, backward.end());
  for (Tensor& y : outputs) y = cast(y, dtype());
  return outputs;
}

void Bidirectional::reset_state() const {
  if (!forward_layer().stateful()) throw StateError(concat(name(), ": the layers are not stateful"));
  forward_layer().reset_state();
  backward_layer().reset_state();
}

}  // namespace xtape
