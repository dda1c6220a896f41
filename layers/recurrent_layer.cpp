// Inside, sequences are (steps, batch, ...), so that a step is a piece of memory, and stand in the order in which they are
// walked.
#include <algorithm>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/name_scope.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {
namespace {

/// The mask (batch, steps) as one (batch, 1) a step, None for steps at which all samples count.
Tensors masks_of_steps(const Tensor& mask, bool backwards, const Shape& x, std::string_view owner) {
  const auto steps = static_cast<std::size_t>(x[1]);
  if (!mask) return Tensors(steps);
  require(mask.shape() == Shape{x[0], x[1]}, owner, "the mask must have shape (batch, steps) (received ",
      mask.shape(), " for an input of shape ", x, ")");
  const Tensor by_step = transpose(cast(mask, DType::boolean));
  Tensors masks = unstack(expand_dims(backwards ? flip(by_step, 0) : by_step, -1));
  for (Tensor& m : masks) {
    const auto values = m.values<bool>();
    if (std::all_of(values.begin(), values.end(), [](bool counts) { return counts; })) m = {};
  }
  return masks;
}

struct Walk {
  Tensors outputs;  // of all steps, or of the last one
  Tensors states;
};

/// What to do with masked steps.
struct Masking {
  Tensors masks;
  bool zero_output;
};

/// One cell along x (steps, batch, features).
Walk walk(const RNNCell& cell, const Tensor& x, const Tensors& initial_states, const Masking& masking,
    bool keep_outputs, const CallOptions& options) {
  const NameScope scope(cell.name());
  const RNNCell::Step step = cell.begin(x, options);
  Walk at{{}, initial_states};
  for (std::size_t t = 0; t < masking.masks.size(); ++t) {
    Tensors states = step(t, at.states);
    Tensor output = states.front();
    states.erase(states.begin());
    if (const Tensor& mask = masking.masks[t]) {
      const bool repeats = !masking.zero_output && !at.outputs.empty();
      output = where(mask, output, repeats ? at.outputs.back() : zeros_like(output));
      for (std::size_t i = 0; i < states.size(); ++i) states[i] = where(mask, states[i], at.states[i]);
    }
    if (!keep_outputs) at.outputs.clear();
    at.outputs.push_back(output);
    at.states = std::move(states);
  }
  return at;
}

/// Outputs of all steps as (steps, batch, units).
Tensor sequence_of(const Tensors& outputs, Index batch, Index units, DType dtype) {
  if (outputs.empty()) return zeros({0, batch, units}, dtype);
  return reshape(concatenate(outputs, 0), {static_cast<Index>(outputs.size()), batch, units});
}

}  // namespace

RecurrentLayer::RecurrentLayer(std::string_view class_name, const std::string& name, bool trainable,
    std::optional<DType> dtype, const std::optional<Shape>& input_shape, const Options& options,
    const AnyLayer& cell)
    : Layer(class_name, name, trainable, dtype, input_shape),
      options_(options),
      cell_(cell),
      memory_(std::make_shared<Memory>(Memory{{}, options.zero_output_for_mask})) {
  require(cell_ && cell_.as<RNNCell>(), class_name,
      "cell must be a cell or a list of cells (received cell=", cell_ ? cell_->type_name() : "None", ")");
  if (!trainable) cell_->set_trainable(false);
}

Json RecurrentLayer::sequence_config(Json config) const {
  config["zero_output_for_mask"] = zero_output_for_mask();
  for (const char* rate : {"dropout", "recurrent_dropout"})
    if (config.contains(rate)) config[rate] = cell().get_config()[rate];
  return config;
}

// ---- shapes ----

void RecurrentLayer::check_shapes(const Shapes& input_shapes) const {
  require_min_rank(input_shapes.at(0), 3);
  check_states(name(), input_shapes, cell().state_size());
}

void RecurrentLayer::build_weights_for(const Shapes& input_shapes) const {
  check_shapes(input_shapes);
  const Shape& x = input_shapes[0];
  require(!stateful() || x[0] != None, name(),
      "a stateful layer must be built for a batch of known size: give Input a batch_size (received shape ", x,
      ")");
  build_part(cell(), {x.without(1)});
  if (stateful()) memory_->states = cell().get_initial_state(x[0]);
}

void RecurrentLayer::check_input(const Shapes& input_shapes) const {
  check_shapes(input_shapes);
  const Shape& x = input_shapes[0];
  const Shape& built_for = cell().build_shapes().at(0);
  require_rank(x, built_for.rank() + 1);
  require_axis(x, -1, built_for.back());
  if (stateful()) require_axis(x, 0, states().at(0).dim(0));
}

Shapes RecurrentLayer::output_shapes(const Shapes& input_shapes) const {
  check_shapes(input_shapes);
  const Index batch = input_shapes[0][0], steps = input_shapes[0][1], units = cell().output_size();
  Shapes shapes{return_sequences() ? Shape{batch, steps, units} : Shape{batch, units}};
  if (return_state())
    for (const Index length : cell().state_size()) shapes.push_back({batch, length});
  return shapes;
}

Tensors RecurrentLayer::compute_mask(const Tensors&, const Tensors& masks) const {
  if (masks.empty()) return {};
  Tensors of_outputs(return_state() ? 1 + cell().state_size().size() : 1);
  if (return_sequences()) of_outputs[0] = masks[0];
  return of_outputs;
}

// ---- the walk ----

Tensors RecurrentLayer::call_many(const Tensors& inputs, const CallOptions& options) const {
  const Index batch = inputs[0].dim(0);
  Tensor x = swapaxes(inputs[0], 0, 1);
  if (go_backwards()) x = flip(x, 0);
  Tensors initial(inputs.begin() + 1, inputs.end());
  if (initial.empty()) initial = stateful() ? states() : cell().get_initial_state(batch);
  const Masking masking{
      masks_of_steps(options.mask(), go_backwards(), inputs[0].shape(), name()), zero_output_for_mask()};

  // Cells of a stack one after the other, each along the whole sequence. What a lower one gives at a masked step does not
  // matter, since the states of the upper ones stay there too.
  const std::vector<const RNNCell*> stack = cell().stack();
  Tensors final_states;
  Tensor last;
  auto state = initial.begin();
  for (const RNNCell* part : stack) {
    const auto count = static_cast<std::ptrdiff_t>(part->state_size().size());
    const bool is_top = part == stack.back(), keeps_outputs = !is_top || return_sequences();
    Tensors states_of_part(state, state + count);
    for (Tensor& s : states_of_part) s = cast(s, part->dtype());
    const Walk end = walk(*part, cast(x, part->dtype()), states_of_part, masking, keeps_outputs, options);
    state += count;
    final_states.insert(final_states.end(), end.states.begin(), end.states.end());
    if (keeps_outputs) x = sequence_of(end.outputs, batch, part->output_size(), part->dtype());
    last = end.outputs.empty() ? zeros({batch, part->output_size()}, part->dtype()) : end.outputs.back();
  }

  if (stateful()) {
    memory_->states.clear();
    for (const Tensor& s : final_states) memory_->states.push_back(s.detached());
  }
  Tensors outputs{return_sequences() ? swapaxes(x, 0, 1) : last};
  if (return_state()) outputs.insert(outputs.end(), final_states.begin(), final_states.end());
  for (Tensor& y : outputs) y = cast(y, dtype());
  return outputs;
}

void RecurrentLayer::reset_state() const {
  for (Tensor& state : memory_->states) state = zeros_like(state);
}

}  // namespace xtape
