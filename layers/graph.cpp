#include <algorithm>
#include <map>
#include <set>

#include <xtape/core/errors.hpp>
#include <xtape/layers/graph.hpp>
#include <xtape/layers/input_layer.hpp>

namespace xtape {
namespace {

using Call = std::shared_ptr<const LayerCall>;
using CallKey = std::pair<const void*, Index>;
CallKey key_of(const LayerCall& call) { return {call.layer->identity(), call.node_index}; }

/// The same calls again, on other tensors.
class Renewal {
 public:
  void replace(const KerasTensor& before, const KerasTensor& after) { replaced_.emplace(before, after); }

  KerasTensor operator()(const KerasTensor& tensor) {
    const auto found = replaced_.find(tensor);
    if (found != replaced_.end()) return found->second;
    const LayerCall& call = *tensor.call();
    if (call.inputs.empty()) return tensor;
    std::vector<KerasTensor> inputs;
    for (const KerasTensor& x : call.inputs) inputs.push_back((*this)(x));
    const KerasTensors outputs =
        Layer::connect(call.layer, call.inputs.is_list() ? KerasTensors(inputs) : KerasTensors(inputs[0]));
    for (std::size_t i = 0; i < outputs.size(); ++i) replace(KerasTensor(tensor.call(), i), outputs[i]);
    return replaced_.at(tensor);
  }

 private:
  std::map<KerasTensor, KerasTensor> replaced_;
};

bool is_input(const KerasTensor& tensor) { return tensor.layer().as<InputLayer>() != nullptr; }

void cut_before(KerasTensors& inputs, KerasTensors& outputs) {
  if (std::all_of(inputs.begin(), inputs.end(), is_input)) return;
  Renewal renewed;
  for (KerasTensor& x : inputs) {
    if (is_input(x)) continue;
    const std::string name = concat(x.layer()->name(), "_", x.node_index(), "_", x.tensor_index(), "_input");
    const KerasTensor fresh = Input({.dtype = x.dtype(), .batch_shape = x.shape(), .name = name});
    renewed.replace(x, fresh);
    x = fresh;
  }
  for (KerasTensor& y : outputs) y = renewed(y);
}

/// Walks from the outputs to the inputs.
struct Walk {
  std::vector<Call> calls;              // each after those that it needs
  std::map<const void*, Index> layers;  // the order in which layers are met
  std::set<CallKey> seen;

  void visit(const KerasTensor& tensor) {
    const Call& call = tensor.call();
    if (!seen.insert(key_of(*call)).second) return;
    layers.emplace(call->layer->identity(), static_cast<Index>(layers.size()));
    for (const KerasTensor& x : call->inputs) visit(x);
    calls.push_back(call);
  }
};

/// How many calls lie at most between something and the outputs, in the order in which they were found.
template <class Key>
class Depths {
 public:
  Index& operator[](const Key& key) {
    const auto [place, is_new] = places_.emplace(key, depths_.size());
    if (is_new) depths_.emplace_back(key, 0);
    return depths_[place->second].second;
  }
  /// Deepest first; equal ones as they were found.
  std::vector<std::pair<Key, Index>> sorted() const {
    auto out = depths_;
    std::stable_sort(
        out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return out;
  }

 private:
  std::map<Key, std::size_t> places_;
  std::vector<std::pair<Key, Index>> depths_;
};

}  // namespace

Graph::Graph(const KerasTensors& inputs, const KerasTensors& outputs, std::string_view owner)
    : inputs_(inputs), outputs_(outputs) {
  require(!inputs_.empty() && !outputs_.empty(), owner, "there must be at least one input and one output");
  cut_before(inputs_, outputs_);
  Walk walk;
  for (const KerasTensor& y : outputs_) walk.visit(y);

  Depths<CallKey> call_depths;
  std::map<CallKey, Call> calls;
  std::map<const void*, Index> layer_depths;
  std::map<const void*, AnyLayer> layers;
  for (auto it = walk.calls.rbegin(); it != walk.calls.rend(); ++it) {
    const LayerCall& call = **it;
    // A shared layer stands, with all its calls, where the first of them is needed.
    Index& layer_depth = layer_depths[call.layer->identity()];
    const Index depth = layer_depth = std::max(layer_depth, call_depths[key_of(call)]);
    call_depths[key_of(call)] = depth;
    calls.emplace(key_of(call), *it);
    layers.emplace(call.layer->identity(), call.layer);
    for (const KerasTensor& x : call.inputs) {
      Index& parent = call_depths[key_of(*x.call())];
      parent = std::max(parent, depth + 1);
    }
  }
  Index before_all = -static_cast<Index>(inputs_.size());
  for (const KerasTensor& x : inputs_) {  // those that no output needs
    if (!layers.emplace(x.layer()->identity(), x.layer()).second) continue;
    layer_depths[x.layer()->identity()] = 0;
    walk.layers[x.layer()->identity()] = before_all++;
  }

  std::vector<std::pair<std::pair<Index, Index>, AnyLayer>> order;
  for (const auto& [identity, layer] : layers)
    order.push_back({{-layer_depths.at(identity), walk.layers.at(identity)}, layer});
  std::stable_sort(
      order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::set<std::string> names;
  for (const auto& [place, layer] : order) {
    require(names.insert(layer->name()).second, owner, "all layers must have different names (received \"",
        layer->name(), "\" twice)");
    layers_.push_back(layer);
  }

  std::vector<Call> in_order;
  for (const auto& [key, depth] : call_depths.sorted()) in_order.push_back(calls.at(key));
  add_steps(in_order, owner);
}

void Graph::add_steps(const std::vector<Call>& calls, std::string_view owner) {
  std::map<KerasTensor, std::size_t> places;
  const auto add = [&](const KerasTensor& tensor) { places.emplace(tensor, value_count_++); };
  for (const KerasTensor& x : inputs_) {
    require(!places.contains(x), owner, "an input is given twice (", x, ")");
    add(x);
  }
  std::map<const void*, Index> calls_of;
  for (const Call& call : calls) {
    if (call->inputs.empty()) {
      require(places.contains(KerasTensor(call)), owner, "the outputs need \"", call->layer->name(),
          "\", which is not among the inputs");
      continue;
    }
    Step step{call, calls_of[call->layer->identity()]++, {}, value_count_, {}};
    for (const KerasTensor& x : call->inputs) step.inputs.push_back(places.at(x));
    for (std::size_t i = 0; i < call->outputs.size(); ++i) add(KerasTensor(call, i));
    steps_.push_back(std::move(step));
  }
  for (const KerasTensor& y : outputs_) output_places_.push_back(places.at(y));

  std::set<std::size_t> needed(output_places_.begin(), output_places_.end());
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
    for (const std::size_t place : step->inputs)
      if (needed.insert(place).second) step->last_uses.push_back(place);
}

}  // namespace xtape
