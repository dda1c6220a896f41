#include <xtape/core/errors.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/rnn_cell.hpp>

namespace xtape {

Tensors RNNCell::get_initial_state(Index batch_size) const {
  Tensors states;
  for (const Index length : state_size()) states.push_back(zeros({batch_size, length}, dtype()));
  return states;
}

RNNCell::Step RNNCell::begin(const Tensor& x, const CallOptions& options) const {
  return [this, steps = unstack(x), options](
             std::size_t t, const Tensors& states) { return step(steps[t], states, options); };
}

Tensors RNNCell::step(const Tensor&, const Tensors&, const CallOptions&) const {
  throw StateError(concat(name(), ": ", type_name(), " says neither step nor begin"));
}

void RNNCell::check_input(const Shapes& input_shapes) const {
  check_states(name(), input_shapes, state_size());
}

Shapes RNNCell::output_shapes(const Shapes& input_shapes) const {
  const Index batch = input_shapes.at(0).dim(0);
  Shapes shapes{{batch, output_size()}};
  for (const Index length : state_size()) shapes.push_back({batch, length});
  return shapes;
}

Tensors RNNCell::call_many(const Tensors& inputs, const CallOptions& options) const {
  require(inputs.size() == 1 + state_size().size(), name(), "takes its input and ", state_size().size(),
      " states (received ", inputs.size(), " tensors)");
  Tensors outputs{inputs[0]};
  auto next_state = inputs.begin() + 1;
  for (const RNNCell* cell : stack()) {
    const auto count = static_cast<std::ptrdiff_t>(cell->state_size().size());
    const Tensors states(next_state, next_state + count);
    next_state += count;
    const Tensors after = cell->begin(expand_dims(outputs[0], 0), options)(0, states);
    outputs[0] = after[0];
    outputs.insert(outputs.end(), after.begin() + 1, after.end());
  }
  return outputs;
}

void check_states(std::string_view owner, const Shapes& shapes, const std::vector<Index>& lengths) {
  require(shapes.size() == 1 || shapes.size() == 1 + lengths.size(), owner, "takes its input alone or with ",
      lengths.size(), " states (received ", shapes.size(), " tensors)");
  for (std::size_t i = 1; i < shapes.size(); ++i)
    require(shapes[i].rank() == 2 && shapes[i].matches({shapes[0].dim(0), lengths[i - 1]}), owner,
        "a state must have shape ", Shape{shapes[0].dim(0), lengths[i - 1]}, " (received ", shapes[i], ")");
}

}  // namespace xtape
