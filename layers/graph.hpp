// Graph: the calls of layers that lead from some symbolic tensors to others, in the order in which they are run.
//
// The order of Keras, which also decides the order of the weights: calls that are further from the outputs come first;
// among equals, those that are met first when one walks back from the outputs.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <xtape/layers/keras_tensor.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {

class Graph {
 public:
  /// Inputs that no Input made are cut from what is before them: the calls behind them are made anew, on new Inputs.
  /// Throws ValueError, beginning with `owner`, when the lists are empty, when an output needs an Input that is not
  /// among the inputs, and when two layers have one name.
  Graph(const KerasTensors& inputs, const KerasTensors& outputs, std::string_view owner);

  const KerasTensors& inputs() const { return inputs_; }
  const KerasTensors& outputs() const { return outputs_; }
  /// Every layer once, the InputLayers too.
  const std::vector<AnyLayer>& layers() const { return layers_; }

  /// A call and where its values stand among all values of a run.
  struct Step {
    std::shared_ptr<const LayerCall> call;
    Index earlier_calls = 0;  ///< of the same layer in this graph
    std::vector<std::size_t> inputs;
    std::size_t first_output = 0;
    std::vector<std::size_t> last_uses;  ///< values that no later step needs
  };
  const std::vector<Step>& steps() const { return steps_; }

  /// The outputs' values, given the inputs' and what a step makes of its own: call(step, values) -> values.
  template <class Value, class F>
  std::vector<Value> run(std::vector<Value> values, F&& call) const {
    values.resize(value_count_);
    for (const Step& step : steps_) {
      std::vector<Value> given;
      for (const std::size_t place : step.inputs) given.push_back(values[place]);
      std::vector<Value> found = call(step, std::move(given));
      require(found.size() == step.call->outputs.size(), step.call->layer->name(), "must give ",
          step.call->outputs.size(), " outputs (gave ", found.size(), ")");
      for (std::size_t i = 0; i < found.size(); ++i) values[step.first_output + i] = std::move(found[i]);
      for (const std::size_t place : step.last_uses) values[place] = Value();
    }
    std::vector<Value> out;
    for (const std::size_t place : output_places_) out.push_back(values[place]);
    return out;
  }

 private:
  void add_steps(const std::vector<std::shared_ptr<const LayerCall>>& calls, std::string_view owner);

  KerasTensors inputs_, outputs_;
  std::vector<AnyLayer> layers_;
  std::vector<Step> steps_;
  std::size_t value_count_ = 0;  // of a run: the inputs', then those of each step
  std::vector<std::size_t> output_places_;
};

}  // namespace xtape
