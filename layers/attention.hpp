// Attention: each step of one sequence takes what it needs from the steps of another.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/attending.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Every step of the query scores all steps of the key, and gets the values' mean with these scores as weights:
///
///     scores[n, t, s] = scale * sum_c q[n, t, c] * k[n, s, c]                                  score_mode "dot"
///                     = concat_score_weight * sum_c tanh(scale * (q[n, t, c] + k[n, s, c]))    score_mode "concat"
///     weights = softmax(scores) over s, then dropout
///     y[n, t, d] = sum_s weights[n, t, s] * v[n, s, d]
///
///     n  sample    t  step of the query    s  step of key and value    c  channel of query and key    d  of the value
///
/// Inputs: {query, value} or {query, value, key}; without key the value is the key.
/// query: (batch, t, c); value: (batch, s, d); key: (batch, s, c). y: (batch, t, d).
/// scale (with use_scale) and concat_score_weight (with "concat") are scalars, 1 at first.
///
/// Masks: where the query's is false, y is 0; steps of the value whose mask is false get no weight. The query's mask is y's.
/// attention.with({.use_causal_mask = true})({q, v}) is the same layer, called as AttentionCall says. With
/// return_attention_scores the outputs are y and the weights.
///
/// TensorFlow 2.4 has use_causal_mask as an argument of the class, `causal`, and does not have score_mode.
/// Throws ValueError for an unknown score_mode, other numbers of inputs and shapes that do not agree.
/// https://keras.io/api/layers/attention_layers/attention/
/// Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine Translation", 2015; "concat" is close to
/// Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate", 2015.
class Attention final : public Layer, public Attending {
 public:
  static constexpr std::string_view class_name = "Attention";
  struct Config {
    bool use_scale = false;
    std::string score_mode = "dot";
    double dropout = 0;
    std::optional<std::int64_t> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"use_scale", &C::use_scale, "Whether scores are multiplied by a learned number."},
              Field{"score_mode", &C::score_mode, "\"dot\" or \"concat\"."},
              Field{"dropout", &C::dropout, "The fraction of weights that training leaves out."},
              Field{"seed", &C::seed, "Of the dropout; a new stream when absent."},
          });
    }
  };

  explicit Attention(Config config);
  Attention();

  /// The same layer, called in that way.
  Attention with(const AttentionCall& call) const;
  const AttentionCall& how_called() const override { return call_; }
  AnyLayer called(const AttentionCall& call) const override { return with(call); }

  const Config& config() const { return config_; }
  const Variable& scale() const { return scale_; }
  const Variable& concat_score_weight() const { return concat_score_weight_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;
  std::vector<const Layer*> sublayers() const override { return {&dropout_}; }

 protected:
  void build_weights_for(const Shapes& input_shapes) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  Tensor scores(const Tensor& query, const Tensor& key) const;

  Config config_;
  AttentionCall call_;
  Dropout dropout_;
  Variable scale_, concat_score_weight_;
};

}  // namespace xtape
