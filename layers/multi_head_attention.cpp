#include <algorithm>
#include <cmath>
#include <numeric>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/einsum.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/einsum_dense.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {
namespace {

/// Another initializer of the same class and arguments: one object gives the same numbers each time.
Initializer another(const Initializer& initializer) {
  return initializer.class_name().empty() ? initializer : Initializer::from_json(initializer.to_json());
}

EinsumDense projection(const MultiHeadAttention::Config& c, DType dtype, const std::string& name,
    const std::string& equation, const Shape& output_shape) {
  const std::size_t arrow = equation.find("->...");
  return EinsumDense({.equation = equation,
      .output_shape = output_shape,
      .bias_axes = c.use_bias ? std::optional(equation.substr(arrow + 5)) : std::nullopt,
      .kernel_initializer = another(c.kernel_initializer),
      .bias_initializer = another(c.bias_initializer),
      .kernel_regularizer = c.kernel_regularizer,
      .bias_regularizer = c.bias_regularizer,
      .activity_regularizer = c.activity_regularizer,
      .kernel_constraint = c.kernel_constraint,
      .bias_constraint = c.bias_constraint,
      .name = name,
      .trainable = c.trainable,
      .dtype = dtype});
}

/// "c,hd" for the letters of an output of that many axes: from (heads, value_dim) to all of them.
std::string output_equation(Index axes) {
  std::string letters(static_cast<std::size_t>(axes), ' ');
  std::iota(letters.begin(), letters.end(), 'c');
  return "...ab,ab" + letters + "->..." + letters;
}

/// The equations of the scores and of the heads' answers. Projected inputs are (..., heads, channels); where one is attended
/// to, its steps have letters of their own.
struct Equations {
  std::string scores, answers;

  Equations(Index rank, const std::vector<Index>& axes) {
    char next = 'a';
    std::string query, key, others, query_steps, key_steps;
    for (Index i = 0; i <= rank; ++i) {
      const bool attended = std::find(axes.begin(), axes.end(), i) != axes.end();
      query += next++;
      key += attended ? next++ : query.back();
      if (!attended && i < rank) others += query.back();
    }
    for (const Index axis : axes) query_steps += query[axis], key_steps += key[axis];
    const std::string product = others + query_steps + key_steps;
    scores = query + "," + key + "->" + product;
    answers = product + "," + key + "->" + query;
  }
};

}  // namespace

struct MultiHeadAttention::Parts {
  EinsumDense query, key, value;
  Dropout dropout;
  std::optional<EinsumDense> output = {};
};

MultiHeadAttention::MultiHeadAttention(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  Config& c = config_;
  require(c.num_heads > 0, class_name,
      "num_heads must be a positive integer (received num_heads=", c.num_heads, ")");
  require(c.key_dim > 0, class_name, "key_dim must be a positive integer (received key_dim=", c.key_dim, ")");
  if (!c.value_dim || *c.value_dim == 0) c.value_dim = c.key_dim;
  require(*c.value_dim > 0, class_name,
      "value_dim must be a positive integer (received value_dim=", *c.value_dim, ")");
  if (c.output_shape && c.output_shape->empty()) c.output_shape.reset();
  require(!c.flash_attention.value_or(false) || c.dropout == 0, class_name,
      "flash_attention does not go together with dropout (received dropout=", c.dropout, ")");
  const auto head = [&](const char* what, Index channels) {
    return projection(c, dtype(), what, "...a,abc->...bc", {c.num_heads, channels});
  };
  parts_ = std::make_shared<Parts>(
      Parts{head("query", c.key_dim), head("key", c.key_dim), head("value", *c.value_dim),
          Dropout({.rate = c.dropout, .seed = c.seed, .name = "dropout", .dtype = dtype()})});
}

MultiHeadAttention MultiHeadAttention::with(const AttentionCall& call) const {
  require(!call.return_attention_scores || !config_.flash_attention.value_or(false), name(),
      "flash_attention does not return scores");
  MultiHeadAttention same = *this;
  same.call_ = call;
  return same;
}

Json MultiHeadAttention::get_config() const {
  Json out = layer_config(*this, config_);
  if (!config_.attention_axes.all()) out["attention_axes"] = config_.attention_axes.numbers();
  return out;
}

std::vector<const Layer*> MultiHeadAttention::sublayers() const {
  std::vector<const Layer*> out{&parts_->query, &parts_->key, &parts_->value};
  if (parts_->output) out.push_back(&*parts_->output);
  return out;
}

std::vector<Index> MultiHeadAttention::attention_axes(Index rank) const {
  std::vector<Index> axes = axes_of(config_.attention_axes, rank, name());
  if (config_.attention_axes.all()) axes = {axes.begin() + 1, axes.end() - 1};
  for (const Index axis : axes)
    require(axis > 0 && axis < rank - 1, name(),
        "attention_axes must lie between samples and channels (received ", axis, ")");
  require(!axes.empty(), name(), "attention_axes must name an axis");
  return axes;
}

void MultiHeadAttention::check_input(const Shapes& shapes) const {
  require(shapes.size() >= 2 && shapes.size() <= 4, name(),
      "takes two to four inputs, query, value, key and attention_mask (received ", shapes.size(), ")");
  const Shape &query = shapes[0], &value = shapes[1], &key = shapes.size() > 2 ? shapes[2] : value;
  require_min_rank(query, 3);
  for (const Shape* other : {&value, &key}) {
    require_rank(*other, query.rank());
    const std::vector<Index> axes = attention_axes(query.rank());
    for (Index i = 0; i + 1 < query.rank(); ++i) {
      const bool attended = std::find(axes.begin(), axes.end(), i) != axes.end();
      const Index a = attended ? value[i] : query[i], b = (*other)[i];
      require(a == b || a == None || b == None, name(),
          "query, value and key must agree on all axes but those attended to, value and key on these too "
          "(received shapes ",
          query, ", ", value, ", ", key, ")");
    }
  }
  for (const Shape* shape : {&query, &value, &key})
    require(shape->back() != None, name(), "the channels of the inputs must be known (received shape ",
        *shape, ")");
  if (!is_built()) return;
  require_rank(query, build_shapes()[0].rank());
  require_axis(query, -1, parts_->query.kernel().shape()[0]);
  require_axis(value, -1, parts_->value.kernel().shape()[0]);
  require_axis(key, -1, parts_->key.kernel().shape()[0]);
}

void MultiHeadAttention::build_weights_for(const Shapes& shapes) const {
  check_input(shapes);
  const Config& c = config_;
  const Shape &query = shapes[0], &value = shapes[1], &key = shapes.size() > 2 ? shapes[2] : value;
  build_part(parts_->query, {query});
  build_part(parts_->key, {key});
  build_part(parts_->value, {value});
  const Shape channels = c.output_shape.value_or(Shape{query.back()});
  parts_->output = projection(c, dtype(), "attention_output", output_equation(channels.rank()), channels);
  parts_->output->set_trainable(trainable());
  Shape answers = query;
  answers.back() = c.num_heads;
  answers.push_back(*c.value_dim);
  build_part(*parts_->output, {answers});
  build_part(parts_->dropout, {query});
}

Shapes MultiHeadAttention::output_shapes(const Shapes& shapes) const {
  check_input(shapes);
  const Shape &query = shapes[0], &value = shapes[1];
  Shape y = query;
  if (config_.output_shape) {
    y = query.slice(0, query.rank() - 1);
    for (const Index channels : *config_.output_shape) y.push_back(channels);
  }
  if (!call_.return_attention_scores) return {y};
  const std::vector<Index> axes = attention_axes(query.rank());
  Shape scores;
  for (Index i = 0; i + 1 < query.rank(); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) scores.push_back(query[i]);
  scores.push_back(config_.num_heads);
  for (const Index axis : axes) scores.push_back(query[axis]);
  for (const Index axis : axes) scores.push_back(value[axis]);
  return {y, scores};
}

Tensors MultiHeadAttention::compute_mask(const Tensors&, const Tensors& masks) const {
  if (masks.empty() || !masks[0]) return {};
  return call_.return_attention_scores ? Tensors{masks[0], {}} : Tensors{masks[0]};
}

Tensor MultiHeadAttention::mask_for(
    const Tensors& inputs, const CallOptions& options, Index scores_rank) const {
  const std::vector<Index> axes = attention_axes(inputs[0].rank());
  const auto steps = 2 * static_cast<Index>(axes.size());  // the last axes of the scores
  // (batch, ..., t, s), with axes of length 1 put in for what the mask does not tell apart, that of the heads among them
  const auto lying = [&](const Tensor& given) {
    Tensor mask = cast(given, DType::boolean);
    while (mask.rank() < scores_rank) mask = expand_dims(mask, std::max<Index>(mask.rank() - steps, 0));
    return mask;
  };
  Tensor mask;
  const auto limit = [&](const Tensor& given) { mask = both_masks(mask, lying(given)); };
  const auto require_one_axis = [&] {
    require(axes.size() == 1, name(), "masks of the inputs and use_causal_mask need one attention axis");
  };
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor of_input = mask_of(options, i);
    if (!of_input) continue;
    require_one_axis();
    limit(expand_dims(of_input, i == 0 ? -1 : -2));
  }
  if (call_.use_causal_mask) {
    require_one_axis();
    limit(causal_mask(inputs[0].dim(axes[0]), inputs[1].dim(axes[0])));
  }
  if (inputs.size() > 3) limit(inputs[3]);
  return mask;
}

Tensors MultiHeadAttention::call_many(const Tensors& inputs, const CallOptions& options) const {
  const Tensor &query = inputs[0], &value = inputs[1], &key = inputs.size() > 2 ? inputs[2] : value;
  const std::vector<Index> axes = attention_axes(query.rank());
  const Equations equations(query.rank(), axes);
  const Tensor q = call_without_masks(parts_->query, query, options),
               k = call_without_masks(parts_->key, key, options),
               v = call_without_masks(parts_->value, value, options);

  Tensor scores =
      einsum(equations.scores, {multiply(q, 1 / std::sqrt(static_cast<double>(config_.key_dim))), k});
  if (const Tensor mask = mask_for(inputs, options, scores.rank())) scores = where(mask, scores, -1e9);
  std::vector<Index> last(axes.size());
  std::iota(last.begin(), last.end(), scores.rank() - static_cast<Index>(axes.size()));
  const Tensor weights = softmax(scores, last);
  const Tensor answers =
      einsum(equations.answers, {call_without_masks(parts_->dropout, weights, options), v});
  const Tensor y = call_without_masks(*parts_->output, answers, options);
  return call_.return_attention_scores ? Tensors{y, weights} : Tensors{y};
}

}  // namespace xtape
