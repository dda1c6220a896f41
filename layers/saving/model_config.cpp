// Functional models in Keras's JSON. A config lists the layers, each with the calls that were made of it, and a call
// names its tensors by what gives them: the layer's name, which of its calls, and which of the call's outputs.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/layers/attending.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/saving/model_config.hpp>

namespace xtape {
namespace {

constexpr std::string_view owner = "Functional";

// ---- reading ----

const Json& member(const Json& json, const char* key) {
  require(json.is_object() && json.contains(key), owner, "config must have \"", key, "\" (received ",
      json.dump().substr(0, 200), ")");
  return json[key];
}

/// Where a tensor comes from, as configs say it.
struct Source {
  std::string layer;
  Index call, output;
};

bool is_source(const Json& json) {
  return json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() &&
         json[2].is_number_integer();
}

/// All tensors in it, in order: Keras 3's objects of class __keras_tensor__, Keras 2's lists ["dense", 0, 0, {}].
void find_sources(const Json& json, std::vector<Source>& out) {
  const Json* history = &json;
  if (json.is_object() && json.value("class_name", Json()) == "__keras_tensor__")
    history = &member(member(json, "config"), "keras_history");
  if (is_source(*history)) {
    out.push_back({(*history)[0].get<std::string>(), (*history)[1].get<Index>(), (*history)[2].get<Index>()});
    if (history->size() > 3) find_sources((*history)[3], out);  // tensors among a call's keyword arguments
  } else if (json.is_structured()) {
    for (const Json& entry : json) find_sources(entry, out);
  }
}

/// One call that waits for its inputs.
struct Pending {
  std::vector<Source> inputs;
  bool is_list;
  Json keywords;  // what the call is told beside them
};

Pending pending_call(const Json& node) {
  Pending call{{}, false, Json::object()};
  find_sources(node, call.inputs);
  call.is_list = call.inputs.size() > 1;
  if (node.is_object()) {  // as Keras 3 writes it
    const Json& args = member(node, "args");
    call.is_list = call.is_list || (!args.empty() && args[0].is_array());
    if (node.contains("kwargs") && node["kwargs"].is_object()) call.keywords = node["kwargs"];
  }
  return call;
}

/// The layer as it is to be called: attention may be told to look back alone, and to return its scores.
AnyLayer told(const AnyLayer& layer, const Json& keywords) {
  const auto* attending = dynamic_cast<const Attending*>(&*layer);
  if (!attending) return layer;
  const auto is_set = [&](const char* keyword) { return keywords.value(keyword, Json()) == Json(true); };
  return attending->called({is_set("use_causal_mask"), is_set("return_attention_scores")});
}

class Reader {
 public:
  explicit Reader(const Json& config) {
    for (const Json& json : member(config, "layers")) add_layer(json);
    make_calls();
  }

  /// The tensors that input_layers or output_layers name: one, or a list.
  KerasTensors tensors(const Json& json) const {
    std::vector<Source> sources;
    find_sources(json, sources);
    require(!sources.empty(), owner, "config must name tensors as [layer, call, output] (received ",
        json.dump(), ")");
    std::vector<KerasTensor> out;
    for (Source source : sources) {
      const auto found = find(source.layer);
      // In these lists Keras 3 counts a nested model's own graph as its first call.
      if (found->layer.as<Functional>() && found->first_call == 0 && source.call > 0) --source.call;
      const KerasTensor* tensor = find(*found, source);
      require(tensor != nullptr, owner, "config: there is no output ", source.output, " of call ",
          source.call, " of \"", source.layer, "\"");
      out.push_back(*tensor);
    }
    return is_source(json) ? KerasTensors(out[0]) : KerasTensors(out);
  }

 private:
  struct Entry {
    AnyLayer layer;
    std::vector<Pending> pending;
    std::size_t done = 0;
    std::vector<KerasTensors> calls;  // what each call gave
    Index first_call = 0;             // how calls are counted in this config
  };

  void add_layer(const Json& json) {
    const AnyLayer layer = make_layer(member(json, "class_name").get<std::string>(), member(json, "config"));
    Entry& entry = entries_.emplace_back(Entry{layer, {}, 0, {}, 0});
    if (const auto* input = layer.as<InputLayer>()) {
      entry.calls.push_back(input->output());
      return;
    }
    for (const Json& node : member(json, "inbound_nodes")) {
      entry.pending.push_back(pending_call(node));
      // Keras 2 counts a model's own graph, which begins with an Input, as its first call.
      const auto* sequential = layer.as<Sequential>();
      if (node.is_array() && (layer.as<Functional>() || (sequential && sequential->is_built())))
        entry.first_call = 1;
    }
  }

  const Entry* find(const std::string& name) const {
    const auto entry = std::find_if(
        entries_.begin(), entries_.end(), [&](const Entry& e) { return e.layer->name() == name; });
    require(entry != entries_.end(), owner, "config: there is no layer \"", name, "\"");
    return &*entry;
  }
  /// The tensor, or nullptr as long as its call is not made.
  static const KerasTensor* find(const Entry& entry, const Source& source) {
    const auto call = static_cast<std::size_t>(source.call - entry.first_call),
               output = static_cast<std::size_t>(source.output);
    if (call >= entry.calls.size() || output >= entry.calls[call].size()) return nullptr;
    return &entry.calls[call][output];
  }

  /// Makes each layer's calls in their order, as soon as their inputs are there.
  void make_calls() {
    bool all_done = false;
    while (!all_done) {
      bool progress = false;
      all_done = true;
      for (Entry& entry : entries_) {
        while (entry.done < entry.pending.size() && make_call(entry)) progress = true;
        if (entry.done < entry.pending.size()) all_done = false;
      }
      require(progress || all_done, owner, "config: some calls need tensors that no call gives");
    }
  }
  bool make_call(Entry& entry) {
    const Pending& call = entry.pending[entry.done];
    std::vector<KerasTensor> inputs;
    for (const Source& source : call.inputs) {
      const KerasTensor* tensor = find(*find(source.layer), source);
      if (!tensor) return false;
      inputs.push_back(*tensor);
    }
    require(!inputs.empty(), owner, "config: a call of \"", entry.layer->name(), "\" has no inputs");
    entry.calls.push_back(Layer::connect(
        told(entry.layer, call.keywords), call.is_list ? KerasTensors(inputs) : KerasTensors(inputs[0])));
    ++entry.done;
    return true;
  }

  std::vector<Entry> entries_;
};

// ---- writing ----

/// How the calls of a graph are counted in its config: each layer's from 0.
class NodeNumbers {
 public:
  explicit NodeNumbers(const Graph& graph) {
    for (const Graph::Step& step : graph.steps())
      calls_[step.call->layer->identity()].push_back(step.call->node_index);
    for (auto& [layer, indices] : calls_) std::sort(indices.begin(), indices.end());
  }
  Index of(const KerasTensor& tensor) const {
    const auto found = calls_.find(tensor.layer()->identity());
    if (found == calls_.end()) return 0;  // an Input
    const auto& indices = found->second;
    return std::lower_bound(indices.begin(), indices.end(), tensor.node_index()) - indices.begin();
  }

 private:
  std::map<const void*, std::vector<Index>> calls_;
};

Json tensor_json(const KerasTensor& tensor, const NodeNumbers& numbers) {
  return {{"class_name", "__keras_tensor__"},
      {"config",
          {{"shape", to_json_value(tensor.shape())}, {"dtype", std::string(name(tensor.dtype()))},
              {"keras_history", {tensor.layer()->name(), numbers.of(tensor), tensor.tensor_index()}}}}};
}

Json node_json(const LayerCall& call, const NodeNumbers& numbers) {
  Json tensors = Json::array(), args = Json::array(), kwargs = Json::object();
  for (const KerasTensor& x : call.inputs) tensors.push_back(tensor_json(x, numbers));
  const std::vector<std::string> names = call.layer->call_arguments();
  if (names.empty() || tensors.size() == 1) {
    args = call.inputs.is_list() ? Json::array({tensors}) : tensors;
  } else {  // the first as it is, the others by their names
    args.push_back(tensors[0]);
    for (std::size_t i = 1; i < tensors.size() && i < names.size(); ++i) {
      if (names[i].front() != '*') {
        kwargs[names[i]] = tensors[i];
      } else {
        kwargs[names[i].substr(1)] = Json(tensors.begin() + static_cast<Index>(i), tensors.end());
      }
    }
  }
  if (const auto* attending = dynamic_cast<const Attending*>(&*call.layer)) {
    if (attending->how_called().use_causal_mask) kwargs["use_causal_mask"] = true;
    if (attending->how_called().return_attention_scores) kwargs["return_attention_scores"] = true;
  }
  return {{"args", args}, {"kwargs", kwargs}};
}

Json ends_json(const KerasTensors& tensors, const NodeNumbers& numbers) {
  Json out = Json::array();
  for (const KerasTensor& t : tensors) {
    const Index own_graph = t.layer().as<Functional>() ? 1 : 0;
    out.push_back({t.layer()->name(), numbers.of(t) + own_graph, t.tensor_index()});
  }
  return tensors.is_list() ? out : out[0];
}

}  // namespace

Json Functional::get_config() const {
  const NodeNumbers numbers(graph());
  Json layers = Json::array();
  for (const AnyLayer& layer : this->layers()) {
    Json json = layer_to_json(*layer);
    json["name"] = layer->name();
    std::vector<const LayerCall*> calls;
    for (const Graph::Step& step : graph().steps())
      if (*step.call->layer == *layer) calls.push_back(step.call.get());
    std::sort(calls.begin(), calls.end(),
        [](const LayerCall* a, const LayerCall* b) { return a->node_index < b->node_index; });
    json["inbound_nodes"] = Json::array();
    for (const LayerCall* call : calls) json["inbound_nodes"].push_back(node_json(*call, numbers));
    layers.push_back(std::move(json));
  }
  return {{"name", name()}, {"trainable", trainable()}, {"layers", layers},
      {"input_layers", ends_json(inputs(), numbers)}, {"output_layers", ends_json(outputs(), numbers)}};
}

Functional functional_from_config(const Json& config) {
  const Reader reader(config);
  const KerasTensors inputs = reader.tensors(member(config, "input_layers"));
  const KerasTensors outputs = reader.tensors(member(config, "output_layers"));
  return Functional(inputs, outputs, config.value("name", std::string()), config.value("trainable", true));
}

Sequential sequential_from_config(const Json& config) {
  const Json& list = config.is_array() ? config : config.value("layers", Json());
  require(list.is_array(), Sequential::class_name, "config must have a list \"layers\" (received ",
      config.dump(), ")");
  std::vector<AnyLayer> layers;
  for (const Json& layer : list) layers.push_back(layer_from_json(layer));
  if (config.is_array()) return Sequential(std::move(layers));
  const Sequential model(
      std::move(layers), config.value("name", std::string()), config.value("trainable", true));
  if (config.contains("build_input_shape") && !config["build_input_shape"].is_null() && !model.is_built()) {
    Shape shape;
    from_json_value(config["build_input_shape"], shape, "Sequential: build_input_shape");
    model.build(shape);
  }
  return model;
}

}  // namespace xtape
