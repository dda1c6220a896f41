// LSTM and its cell: a memory behind gates.
#pragma once
#include <xtape/layers/cudnn.hpp>
#include <xtape/layers/dropout_rnn_cell.hpp>
#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {

/// A cell with two states, the output h and a memory c. Gates decide how much of the memory stays (f), how much of what is
/// new (t) comes in (i), and how much shows (o):
///
///     a = x @ kernel + h @ recurrent_kernel + bias          (batch, 4 units), in the order i, f, t, o
///     i, f, o = recurrent_activation(a_i, a_f, a_o)         t = activation(a_t)
///     c' = f c + i t                                        y = h' = o activation(c')
///
/// x: (batch, features); h, c, y: (batch, units). kernel: (features, 4 units); recurrent_kernel: (units, 4 units);
/// bias: (4 units,). unit_forget_bias lets the forget gate's bias begin at 1, so that the memory lasts from the start. In
/// training, units of x (dropout) and of h (recurrent_dropout) are left out, the same at all steps.
///
/// Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997).
/// https://keras.io/api/layers/recurrent_layers/lstm_cell/
class LSTMCell final : public DropoutRNNCell {
 public:
  static constexpr std::string_view class_name = "LSTMCell";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    ActivationFunction recurrent_activation = "sigmoid";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer recurrent_initializer = "orthogonal";
    Initializer bias_initializer = "zeros";
    bool unit_forget_bias = true;
    Regularizer kernel_regularizer = {};
    Regularizer recurrent_regularizer = {};
    Regularizer bias_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint recurrent_constraint = {};
    Constraint bias_constraint = {};
    double dropout = 0;
    double recurrent_dropout = 0;
    std::optional<Index> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(), cell_fields<Config>(), gate_fields<Config>(),
          std::tuple{Field{"unit_forget_bias", &Config::unit_forget_bias,
              "Whether the forget gate's bias begins at 1, whatever bias_initializer says."}});
    }
  };

  /// Throws ValueError unless units is positive.
  explicit LSTMCell(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

  std::vector<Index> state_size() const override { return {config_.units, config_.units}; }
  Step begin(const Tensor& x, const CallOptions& options) const override;

 protected:
  WeightOptions bias_options() const override;

 private:
  /// From the sums a and the memory c: {y, h', c'}.
  Tensors advance(const Tensor& a, const Tensor& c) const;

  Config config_;
  bool is_default_;  // tanh and sigmoid
};

/// LSTMCell over a sequence (batch, steps, features); see RecurrentLayer for the shapes of the output and of states.
/// https://keras.io/api/layers/recurrent_layers/lstm/
class LSTM final : public RecurrentLayer {
 public:
  static constexpr std::string_view class_name = "LSTM";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    ActivationFunction recurrent_activation = "sigmoid";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer recurrent_initializer = "orthogonal";
    Initializer bias_initializer = "zeros";
    bool unit_forget_bias = true;
    Regularizer kernel_regularizer = {};
    Regularizer recurrent_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint recurrent_constraint = {};
    Constraint bias_constraint = {};
    double dropout = 0;
    double recurrent_dropout = 0;
    std::optional<Index> seed = {};
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
    bool stateful = false;
    bool unroll = false;
    UseCudnn use_cudnn = "auto";
    bool zero_output_for_mask = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(), sequence_fields<C>(), cell_fields<C>(), gate_fields<C>(),
          std::tuple{
              Field{"unit_forget_bias", &C::unit_forget_bias,
                  "Whether the forget gate's bias begins at 1, whatever bias_initializer says."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the outputs, per sample."},
              Field{"use_cudnn", &C::use_cudnn, "Has no effect: there is no cuDNN here.", false},
          });
    }
  };

  /// Throws ValueError unless units is positive.
  explicit LSTM(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 private:
  Config config_;
};

}  // namespace xtape
