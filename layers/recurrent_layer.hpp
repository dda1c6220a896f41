// RecurrentLayer: what RNN, SimpleRNN, LSTM and GRU have in common, which is all but their cell.
#pragma once
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <xtape/core/config.hpp>
#include <xtape/layers/rnn_cell.hpp>

namespace xtape {

/// The arguments that all recurrent layers share.
template <class C>
constexpr auto sequence_fields() {
  return std::tuple{
      Field{"return_sequences", &C::return_sequences,
          "Whether to give the output of every step, or the last one."},
      Field{"return_state", &C::return_state, "Whether to give the last states, too."},
      Field{"go_backwards", &C::go_backwards,
          "Whether to begin at the end; the outputs come in the order in which they were computed."},
      Field{"stateful", &C::stateful,
          "Whether a batch begins with the states that the one before it ended with."},
      Field{"unroll", &C::unroll, "Has no effect: steps are recorded one by one in any case."},
      Field{"zero_output_for_mask", &C::zero_output_for_mask,
          "Whether outputs of masked steps are zeros, or those of the step before."},
  };
}

/// A cell, led along a sequence.
///
/// x: (batch, steps, features), or {x, states...} to begin with other states than zeros.
/// y: (batch, units), the last output, or with return_sequences (batch, steps, units); with return_state {y, states...},
/// each state (batch, its length).
///
/// At a step that is masked, a sample's states stay, and its output is that of the step before, zeros at first.
///
/// A stateful layer keeps its states from call to call. It has to be built for a batch of known size, sees batches whole,
/// and takes sample i of the next batch for the continuation of sample i.
class RecurrentLayer : public Layer {
 public:
  const RNNCell& cell() const { return *cell_.as<RNNCell>(); }
  bool return_sequences() const { return options_.return_sequences; }
  bool return_state() const { return options_.return_state; }
  bool go_backwards() const { return options_.go_backwards; }
  bool stateful() const { return options_.stateful; }

  /// The states that the next call begins with; empty unless stateful and built.
  const Tensors& states() const { return memory_->states; }
  /// Sets them to zeros: before another sequence begins.
  void reset_state() const;
  void reset_states() const { reset_state(); }

  bool zero_output_for_mask() const { return memory_->zero_output_for_mask; }
  /// For Bidirectional, which adds up outputs that must not repeat each other.
  void set_zero_output_for_mask(bool zero) const { memory_->zero_output_for_mask = zero; }

  std::vector<const Layer*> sublayers() const override { return {&*cell_}; }
  std::vector<std::string> call_arguments() const override { return {"sequences", "*initial_state"}; }
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

 protected:
  struct Options {
    bool return_sequences = false, return_state = false, go_backwards = false, stateful = false,
         unroll = false, zero_output_for_mask = false;
    static constexpr auto fields() { return sequence_fields<Options>(); }
  };
  /// Throws ValueError unless `cell` is one.
  template <class Config>
  RecurrentLayer(std::string_view class_name, const Config& config, const AnyLayer& cell)
      : RecurrentLayer(class_name, config.name, config.trainable, config.dtype, config.input_shape,
            common_arguments<Options>(config), cell) {}

  /// The arguments of a layer's cell. Its name is the class's.
  template <class Cell, class Config>
  static typename Cell::Config cell_config(const Config& config) {
    auto out = common_arguments<typename Cell::Config>(config);
    out.name = to_snake_case(Cell::class_name);
    out.input_shape = {};
    return out;
  }
  /// get_config's answer with zero_output_for_mask as it is now, and the rates as the cell took them.
  Json sequence_config(Json config) const;

  void build_weights_for(const Shapes& input_shapes) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;
  bool mixes_samples_itself(bool) const override { return stateful(); }

 private:
  RecurrentLayer(std::string_view class_name, const std::string& name, bool trainable,
      std::optional<DType> dtype, const std::optional<Shape>& input_shape, const Options& options,
      const AnyLayer& cell);
  void check_shapes(const Shapes& input_shapes) const;

  struct Memory {
    Tensors states;
    bool zero_output_for_mask;
  };
  Options options_;
  AnyLayer cell_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace xtape
