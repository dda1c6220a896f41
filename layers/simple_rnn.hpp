// SimpleRNN and its cell: the state is the output.
#pragma once
#include <xtape/layers/dropout_rnn_cell.hpp>
#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {

/// y = h' = activation(x @ kernel + h @ recurrent_kernel + bias)
///
/// x: (batch, features), h and y: (batch, units). kernel: (features, units); recurrent_kernel: (units, units);
/// bias: (units,). In training, units of x (dropout) and of h (recurrent_dropout) are left out, the same at all steps.
/// https://keras.io/api/layers/recurrent_layers/simple_rnn_cell/
class SimpleRNNCell final : public DropoutRNNCell {
 public:
  static constexpr std::string_view class_name = "SimpleRNNCell";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer recurrent_initializer = "orthogonal";
    Initializer bias_initializer = "zeros";
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
      return std::tuple_cat(common_fields<Config>(), cell_fields<Config>(),
          std::tuple{
              Field{"seed", &Config::seed, "Makes the dropout the same in each run; drawn when absent."}});
    }
  };

  /// Throws ValueError unless units is positive.
  explicit SimpleRNNCell(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;
  Step begin(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

/// SimpleRNNCell over a sequence (batch, steps, features); see RecurrentLayer for the shapes of the output and of states.
///
/// As in Keras 3.16, activity_regularizer has no effect, and neither it nor the seed is part of get_config.
/// https://keras.io/api/layers/recurrent_layers/simple_rnn/
class SimpleRNN final : public RecurrentLayer {
 public:
  static constexpr std::string_view class_name = "SimpleRNN";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer recurrent_initializer = "orthogonal";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer recurrent_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint recurrent_constraint = {};
    Constraint bias_constraint = {};
    double dropout = 0;
    double recurrent_dropout = 0;
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
    bool stateful = false;
    bool unroll = false;
    std::optional<Index> seed = {};
    bool zero_output_for_mask = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(), sequence_fields<C>(), cell_fields<C>(),
          std::tuple{
              Field{"activity_regularizer", &C::activity_regularizer, "Has no effect, as in Keras 3."},
              Field{"seed", &C::seed, "Makes the dropout the same in each run; drawn when absent.", false},
          });
    }
  };

  /// Throws ValueError unless units is positive.
  explicit SimpleRNN(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 private:
  Config config_;
};

}  // namespace xtape
