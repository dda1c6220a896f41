// GRU and its cell: one state, which gates keep or replace.
#pragma once
#include <xtape/layers/cudnn.hpp>
#include <xtape/layers/dropout_rnn_cell.hpp>
#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {

/// A cell whose output is its state h. One gate decides how much of the state stays (z), the other how much of it is seen
/// when the new part t is made (r):
///
///     a = x @ kernel + bias[0]                m = h @ recurrent_kernel + bias[1]      (batch, 3 units), in the order z, r, t
///     z, r = recurrent_activation(a_z + m_z, a_r + m_r)
///     t = activation(a_t + r m_t)             y = h' = z h + (1 - z) t
///
/// That is reset_after, Keras's default and cuDNN's form. Otherwise the state is reset before the product, there is one
/// bias, and   t = activation(a_t + (r h) @ recurrent_kernel_t).
///
/// x: (batch, features); h, y: (batch, units). kernel: (features, 3 units); recurrent_kernel: (units, 3 units);
/// bias: (2, 3 units), or (3 units,) without reset_after. In training, units of x (dropout) and of h (recurrent_dropout)
/// are left out, the same at all steps.
///
/// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation" (2014),
/// version 1 of the preprint for reset_after, version 3 for the other form.
/// https://keras.io/api/layers/recurrent_layers/gru_cell/
class GRUCell final : public DropoutRNNCell {
 public:
  static constexpr std::string_view class_name = "GRUCell";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    ActivationFunction recurrent_activation = "sigmoid";
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
    bool reset_after = true;
    std::optional<Index> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(), cell_fields<Config>(), gate_fields<Config>(),
          std::tuple{Field{"reset_after", &Config::reset_after,
              "Whether the state is reset after it has met the recurrent kernel, or before."}});
    }
  };

  /// Throws ValueError unless units is positive.
  explicit GRUCell(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;
  Step begin(const Tensor& x, const CallOptions& options) const override;

 protected:
  WeightOptions bias_options() const override;

 private:
  /// From the sums of the input and of the state h: h'.
  Tensor reset_after(const Tensor& a, const Tensor& m, const Tensor& h) const;
  /// From the sums of the input and the state h, which is reset before it meets the recurrent kernel: h'.
  Tensor reset_before(const Tensor& a, const Product& from_state, const Tensor& h) const;

  Config config_;
  bool is_default_;  // tanh and sigmoid
};

/// GRUCell over a sequence (batch, steps, features); see RecurrentLayer for the shapes of the output and of states.
/// https://keras.io/api/layers/recurrent_layers/gru/
class GRU final : public RecurrentLayer {
 public:
  static constexpr std::string_view class_name = "GRU";
  struct Config {
    Index units = 0;
    ActivationFunction activation = "tanh";
    ActivationFunction recurrent_activation = "sigmoid";
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
    std::optional<Index> seed = {};
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
    bool stateful = false;
    bool unroll = false;
    bool reset_after = true;
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
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the outputs, per sample."},
              Field{"reset_after", &C::reset_after,
                  "Whether the state is reset after it has met the recurrent kernel, or before."},
              Field{"use_cudnn", &C::use_cudnn, "Has no effect: there is no cuDNN here.", false},
          });
    }
  };

  /// Throws ValueError unless units is positive.
  explicit GRU(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 private:
  Config config_;
};

}  // namespace xtape
