// RNNCell: what a recurrent layer does at each step of a sequence.
#pragma once
#include <cstddef>
#include <functional>
#include <vector>

#include <xtape/layers/layer.hpp>

namespace xtape {

/// From one step of the input and the states so far to an output and new states, through the same weights at every step.
/// RNN, LSTM and their kin put a cell to work; called by itself, a cell does one step: it takes {x, states...} and gives
/// {output, new states...}, x being (batch, features) and each state (batch, its length).
///
/// A cell of one's own says state_size and step:
///
///     std::vector<Index> state_size() const override { return {units}; }
///     Tensors step(const Tensor& x, const Tensors& states, const CallOptions&) const override {
///       const Tensor y = tanh(matmul(x, kernel_) + matmul(states[0], recurrent_kernel_));
///       return {y, y};
///     }
class RNNCell : public Layer {
 public:
  /// The lengths of the states, in order.
  virtual std::vector<Index> state_size() const = 0;
  /// The length of the output.
  virtual Index output_size() const { return state_size().at(0); }
  /// The states before the first step: zeros.
  virtual Tensors get_initial_state(Index batch_size) const;
  /// The cells that this one stands for: itself, or those of a stack, in the order in which the input passes them.
  virtual std::vector<const RNNCell*> stack() const { return {this}; }

  /// Step t of a call, given the states: {output, new states...}.
  using Step = std::function<Tensors(std::size_t t, const Tensors& states)>;
  /// Begins a call on x (steps, batch, features). This is the place for what can be done for all steps at once, and for
  /// drawing what stays the same at all of them.
  virtual Step begin(const Tensor& x, const CallOptions& options) const;
  /// One step by itself, for cells that have nothing to begin with. Throws StateError unless a cell says it.
  virtual Tensors step(const Tensor& x, const Tensors& states, const CallOptions& options) const;

 protected:
  using Layer::Layer;
  void build_weights_for(const Shapes& input_shapes) const override { build_weights(input_shapes.at(0)); }
  void check_input(const Shapes& input_shapes) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;
};

/// Throws ValueError, beginning with `owner`, unless `shapes` holds, behind the input, no states or one of (batch, length)
/// for each of the lengths.
void check_states(std::string_view owner, const Shapes& shapes, const std::vector<Index>& lengths);

}  // namespace xtape
