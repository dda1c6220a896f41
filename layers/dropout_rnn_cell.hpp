// DropoutRNNCell: what the cells of SimpleRNN, LSTM and GRU have in common, which is nearly everything but their formula.
#pragma once
#include <optional>
#include <string>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/rnn_cell.hpp>

namespace xtape {

/// The arguments that these cells share, and that the layers around them hand on.
template <class C>
constexpr auto cell_fields() {
  return std::tuple{
      Field{"units", &C::units, "Length of the output and of each state. Required."},
      Field{"activation", &C::activation, "Applied to what is new at a step."},
      Field{"use_bias", &C::use_bias, "Whether to add a bias."},
      Field{
          "kernel_initializer", &C::kernel_initializer, "First values of the kernel, which meets the input."},
      Field{"recurrent_initializer", &C::recurrent_initializer,
          "First values of the recurrent kernel, which meets the state."},
      Field{"bias_initializer", &C::bias_initializer, "First values of the bias."},
      Field{"kernel_regularizer", &C::kernel_regularizer, "Penalty on the kernel."},
      Field{"recurrent_regularizer", &C::recurrent_regularizer, "Penalty on the recurrent kernel."},
      Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the bias."},
      Field{"kernel_constraint", &C::kernel_constraint, "Projection of the kernel after each update."},
      Field{"recurrent_constraint", &C::recurrent_constraint,
          "Projection of the recurrent kernel after each update."},
      Field{"bias_constraint", &C::bias_constraint, "Projection of the bias after each update."},
      Field{"dropout", &C::dropout, "The fraction of the input that is left out in training."},
      Field{"recurrent_dropout", &C::recurrent_dropout,
          "The fraction of the state that is left out in training."},
  };
}

/// Those that LSTM and GRU share beyond them.
template <class C>
constexpr auto gate_fields() {
  return std::tuple{
      Field{"recurrent_activation", &C::recurrent_activation, "Opens and closes the gates."},
      Field{"seed", &C::seed, "Makes the dropout the same in each run; drawn when absent."},
  };
}

/// A kernel for the input, one for the state, a bias; units of both may be left out in training, the same ones at all
/// steps of a call. A cell has one block of `units` columns in its kernels for each gate.
class DropoutRNNCell : public RNNCell {
 public:
  const Variable& kernel() const { return kernel_; }
  const Variable& recurrent_kernel() const { return recurrent_kernel_; }
  const Variable& bias() const { return bias_; }

  std::vector<Index> state_size() const override { return {arguments_.units}; }

 protected:
  struct Arguments {
    Index units = 0;
    ActivationFunction activation = {};
    bool use_bias = true;
    Initializer kernel_initializer = {}, recurrent_initializer = {}, bias_initializer = {};
    Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
    Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
    double dropout = 0, recurrent_dropout = 0;
    static constexpr auto fields() { return cell_fields<Arguments>(); }
  };
  /// Throws ValueError unless units is positive. Brings the rates, as Keras does, within [0, 1].
  template <class Config>
  DropoutRNNCell(std::string_view class_name, Config& config, Index gates)
      : RNNCell(class_name, config.name, config.trainable, config.dtype, config.input_shape), gates_(gates) {
    config.dropout = rate_within_bounds(config.dropout);
    config.recurrent_dropout = rate_within_bounds(config.recurrent_dropout);
    arguments_ = common_arguments<Arguments>(config);
    key_ = LazyRandomKey(config.seed);
    require(
        config.units > 0, class_name, "units must be a positive integer (received units=", config.units, ")");
  }

  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  /// The bias where a cell has another shape or other first values than (gates * units,) from bias_initializer.
  virtual WeightOptions bias_options() const;

  /// x times a kernel, some units of x being left out.
  class Product {
   public:
    /// masks: none, one for all gates, or one for each. `by_gate`: the gates will be asked for one by one.
    Product(const Tensor& kernel, Tensors masks, Index gates, bool by_gate);
    /// The sums of all gates side by side.
    Tensor operator()(const Tensor& x) const;
    Tensor gate(std::size_t i, const Tensor& x) const;

   private:
    Tensor without_dropped(std::size_t gate, const Tensor& x) const;
    Tensor kernel_;
    Tensors masks_, blocks_;
  };
  struct Products {
    Product input, state;
  };
  /// For one call on x (steps, batch, features). `by_gate`: the state's will be asked for gate by gate.
  Products products(const Tensor& x, const CallOptions& options, bool by_gate = false) const;

  /// SimpleRNN leaves out at a rate of 1 too, and the same units for all gates, of which it has one.
  bool is_simple() const { return gates_ == 1; }

 private:
  static double rate_within_bounds(double rate);
  Tensors draw_masks(double rate, Index batch, Index width, RandomKey key, Index first_sample) const;

  Arguments arguments_;
  Index gates_;
  LazyRandomKey key_;
  Variable kernel_, recurrent_kernel_, bias_;
};

}  // namespace xtape
