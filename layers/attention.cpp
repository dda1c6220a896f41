#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/attention.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {
namespace {

/// A length that both shapes must have, if both know it.
void require_same(std::string_view owner, std::string_view what, Index a, Index b, const Shapes& shapes) {
  require(a == b || a == None || b == None, owner, what, " (received shapes ", shapes[0], ", ", shapes[1],
      shapes.size() > 2 ? concat(", ", shapes[2]) : "", ")");
}

}  // namespace

Attention::Attention(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)),
      dropout_({.rate = config_.dropout, .seed = config_.seed, .name = "dropout", .dtype = dtype()}) {
  require(config_.score_mode == "dot" || config_.score_mode == "concat", class_name,
      "score_mode must be \"dot\" or \"concat\" (received score_mode=\"", config_.score_mode, "\")");
}

Attention::Attention() : Attention(Config{}) {}

Attention Attention::with(const AttentionCall& call) const {
  Attention same = *this;
  same.call_ = call;
  return same;
}

Json Attention::get_config() const { return layer_config(*this, config_); }

void Attention::build_weights_for(const Shapes& input_shapes) const {
  check_input(input_shapes);
  const auto add_scalar = [&](const Variable& weight, const char* what) {
    add_weight(weight, {.name = what, .shape = {}, .initializer = "ones"});
  };
  if (config_.use_scale) add_scalar(scale_, "scale");
  if (config_.score_mode == "concat") add_scalar(concat_score_weight_, "concat_score_weight");
  build_part(dropout_, {input_shapes[0]});
}

void Attention::check_input(const Shapes& shapes) const {
  require(shapes.size() == 2 || shapes.size() == 3, name(),
      "takes two or three inputs, query, value and perhaps key (received ", shapes.size(), ")");
  for (const Shape& shape : shapes) require_rank(shape, 3);
  const Shape &query = shapes[0], &value = shapes[1], &key = shapes.size() > 2 ? shapes[2] : value;
  require_same(name(), "query, value and key must have as many samples", query[0], value[0], shapes);
  require_same(name(), "query, value and key must have as many samples", query[0], key[0], shapes);
  require_same(name(), "query and key must have as many channels", query[2], key[2], shapes);
  require_same(name(), "value and key must have as many steps", value[1], key[1], shapes);
}

Shapes Attention::output_shapes(const Shapes& shapes) const {
  check_input(shapes);
  const Shape &query = shapes[0], &value = shapes[1];
  Shapes out{{query[0], query[1], value[2]}};
  if (call_.return_attention_scores) out.push_back({query[0], query[1], value[1]});
  return out;
}

Tensors Attention::compute_mask(const Tensors&, const Tensors& masks) const {
  if (masks.empty() || !masks[0]) return {};
  return call_.return_attention_scores ? Tensors{masks[0], {}} : Tensors{masks[0]};
}

Tensor Attention::scores(const Tensor& query, const Tensor& key) const {
  if (config_.score_mode == "dot") {
    const Tensor products = matmul(query, key, {.transpose_b = true});
    return config_.use_scale ? multiply(products, scale_) : products;
  }
  Tensor sums = add(expand_dims(query, 2), expand_dims(key, 1));  // (batch, t, s, c)
  if (config_.use_scale) sums = multiply(sums, scale_);
  return multiply(sum(tanh(sums), -1), concat_score_weight_);
}

Tensors Attention::call_many(const Tensors& inputs, const CallOptions& options) const {
  const Tensor &query = inputs[0], &value = inputs[1], &key = inputs.size() > 2 ? inputs[2] : value;
  const Tensor query_mask = mask_of(options, 0), value_mask = mask_of(options, 1);
  Tensor mask = value_mask ? expand_dims(cast(value_mask, DType::boolean), 1) : Tensor();
  if (call_.use_causal_mask) mask = both_masks(mask, causal_mask(query.dim(1), value.dim(1)));

  Tensor weights = scores(query, key);
  if (mask) weights = subtract(weights, multiply(cast(logical_not(mask), dtype()), 1e9));
  weights = call_without_masks(dropout_, softmax(weights), options);
  Tensor y = matmul(weights, value);
  if (query_mask) y = multiply(y, cast(expand_dims(query_mask, -1), dtype()));
  return call_.return_attention_scores ? Tensors{y, weights} : Tensors{y};
}

}  // namespace xtape
