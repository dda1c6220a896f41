// MultiHeadAttention: attention in several ways at once, each learned.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/attending.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Each head projects query, key and value in its own way and attends; the heads' answers are joined by a last projection:
///
///     q = query @ query/kernel + query/bias, and so on for k and v            one for each head h
///     scores[n, h, t, s] = sum_c q[n, t, h, c] * k[n, s, h, c] / sqrt(key_dim)
///     weights = softmax(scores) over s, 0 where the mask is false; then dropout
///     y[n, t, :] = sum_h (sum_s weights[n, h, t, s] * v[n, s, h, :]) @ attention_output/kernel[h] + attention_output/bias
///
/// Inputs: {query, value}, {query, value, key} or {query, value, key, attention_mask}; without key the value is the key.
/// query: (batch, t, query_channels); value: (batch, s, value_channels); key: (batch, s, key_channels). y: (batch, t,
/// output_shape), or with query_channels at its end where output_shape is None. attention_mask: (batch, t, s), or of a shape
/// that broadcasts to it or to the scores': true where a step may be attended to.
///
/// Weights: query/kernel (query_channels, heads, key_dim) and bias (heads, key_dim); key/... alike; value/... with value_dim;
/// attention_output/kernel (heads, value_dim, output_shape...) and bias (output_shape...).
///
/// Inputs may have more axes between samples and channels: attention then runs over attention_axes, all of them if None.
/// Masks of query, value and key limit what is attended to; the query's is y's. A step that may attend to nothing attends to
/// all alike.
///
/// layer.with({.use_causal_mask = true})({q, v}) is the same layer, called as AttentionCall says. With
/// return_attention_scores the outputs are y and the weights before dropout: (batch, heads, t, s).
///
/// flash_attention names a way of computing, of which there is one here; as in Keras it excludes dropout and returned scores.
/// In TensorFlow 2.4 attention_mask is an argument of the call and masks of the inputs are ignored.
/// https://keras.io/api/layers/attention_layers/multi_head_attention/
/// Vaswani et al., "Attention Is All You Need", 2017.
class MultiHeadAttention final : public Layer, public Attending {
 public:
  static constexpr std::string_view class_name = "MultiHeadAttention";
  struct Config {
    Index num_heads = 0;
    Index key_dim = 0;
    std::optional<Index> value_dim = {};
    double dropout = 0;
    bool use_bias = true;
    std::optional<Shape> output_shape = {};
    Axes attention_axes = {};
    std::optional<bool> flash_attention = {};
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    std::optional<std::int64_t> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"num_heads", &C::num_heads, "How many heads there are. Required."},
              Field{"key_dim", &C::key_dim, "Channels of query and key in each head. Required."},
              Field{"value_dim", &C::value_dim, "Channels of the value in each head; key_dim if absent."},
              Field{"dropout", &C::dropout, "The fraction of weights that training leaves out."},
              Field{"use_bias", &C::use_bias, "Whether the projections have biases."},
              Field{"output_shape", &C::output_shape,
                  "Channels of the output, an integer or a list; those of the query if None."},
              Field{"attention_axes", &C::attention_axes, "Along which axes steps attend; None: all."},
              Field{"flash_attention", &C::flash_attention, "Changes nothing here.", false},
              Field{"kernel_initializer", &C::kernel_initializer, "First values of the kernels."},
              Field{"bias_initializer", &C::bias_initializer, "First values of the biases."},
              Field{"kernel_regularizer", &C::kernel_regularizer, "Penalty on the kernels."},
              Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the biases."},
              Field{"activity_regularizer", &C::activity_regularizer,
                  "Penalty on what the projections give, per sample."},
              Field{
                  "kernel_constraint", &C::kernel_constraint, "Projection of the kernels after each update."},
              Field{"bias_constraint", &C::bias_constraint, "Projection of the biases after each update."},
              Field{"seed", &C::seed, "Of the dropout; a new stream when absent."},
          });
    }
  };

  /// Throws ValueError unless num_heads and key_dim are positive, and for flash_attention with dropout.
  explicit MultiHeadAttention(Config config);

  /// The same layer, called in that way.
  MultiHeadAttention with(const AttentionCall& call) const;
  const AttentionCall& how_called() const override { return call_; }
  AnyLayer called(const AttentionCall& call) const override { return with(call); }

  const Config& config() const { return config_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  std::vector<std::string> call_arguments() const override {
    return {"query", "value", "key", "attention_mask"};
  }
  Json get_config() const override;
  /// The projections: query, key, value and, once the layer is built, attention_output.
  std::vector<const Layer*> sublayers() const override;
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

 protected:
  void build_weights_for(const Shapes& input_shapes) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  struct Parts;
  /// The axes of attention, counted from the front, for inputs of that rank.
  std::vector<Index> attention_axes(Index rank) const;
  Tensor mask_for(const Tensors& inputs, const CallOptions& options, Index scores_rank) const;

  Config config_;
  AttentionCall call_;
  std::shared_ptr<Parts> parts_;
};

}  // namespace xtape
