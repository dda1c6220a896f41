// Attention and MultiHeadAttention against plain loops: scores, masks, axes, dropout.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/attention.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

Tensor random_input(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

Tensor random_mask(const Shape& shape, std::uint64_t seed) {
  return less(random_uniform(shape, 0, 1, {.key = RandomKey{.seed = seed}}), 0.6);
}

using Score = std::function<double(Index n, Index t, Index s)>;
using May = std::function<bool(Index n, Index t, Index s)>;

/// w[n, t, s]: e^score over the sum of them, of the steps that may be attended to (of all, where there is none).
std::vector<std::vector<std::vector<double>>> naive_weights(
    Index samples, Index query_steps, Index key_steps, const Score& score, const May& may) {
  std::vector<std::vector<std::vector<double>>> out(static_cast<std::size_t>(samples));
  for (Index n = 0; n < samples; ++n)
    for (Index t = 0; t < query_steps; ++t) {
      std::vector<double> row;
      double total = 0;
      for (Index s = 0; s < key_steps; ++s) {
        row.push_back(may(n, t, s) ? std::exp(score(n, t, s)) : 0);
        total += row.back();
      }
      for (double& w : row) w = total > 0 ? w / total : 1.0 / static_cast<double>(key_steps);
      out[static_cast<std::size_t>(n)].push_back(row);
    }
  return out;
}

}  // namespace

TEST_CASE("attention is the mean of the values, weighted by a softmax of scores, under masks") {
  const Index samples = 2, t_steps = 3, s_steps = 4, channels = 2;
  const Tensor q = random_input({samples, t_steps, channels}, 1), v = random_input({samples, s_steps, 5}, 2),
               k = random_input({samples, s_steps, channels}, 3);
  const Tensor q_mask = random_mask({samples, t_steps}, 4);
  Tensor v_mask = random_mask({samples, s_steps}, 5);
  v_mask = logical_or(v_mask, equal(arange(0, 4), 0.0));  // the first step may always be attended to
  for (const std::string mode : {"dot", "concat"})
    for (const bool causal : {false, true})
      for (const bool masked : {false, true}) {
        CAPTURE(mode);
        CAPTURE(causal);
        CAPTURE(masked);
        const Attention layer({.use_scale = true, .score_mode = mode, .dtype = DType::float64});
        layer.build({q.shape(), v.shape(), k.shape()});
        layer.scale().assign(Tensor(0.75));
        if (mode == "concat") layer.concat_score_weight().assign(Tensor(1.5));
        const auto score = [&](Index n, Index t, Index s) {
          double total = 0;
          for (Index c = 0; c < channels; ++c)
            total += mode == "dot" ? 0.75 * q.at({n, t, c}) * k.at({n, s, c})
                                   : 1.5 * std::tanh(0.75 * (q.at({n, t, c}) + k.at({n, s, c})));
          return total;
        };
        const auto may = [&](Index n, Index t, Index s) {
          return (!causal || s <= t) && (!masked || v_mask.at({n, s}) != 0);
        };
        const auto w = naive_weights(samples, t_steps, s_steps, score, may);
        const Tensors masks = masked ? Tensors{q_mask, v_mask, {}} : Tensors{};
        const Attention as_called = layer.with({.use_causal_mask = causal, .return_attention_scores = true});
        const Tensors out = as_called({q, v, k}, {.masks = masks});
        REQUIRE(out.size() == 2);
        CHECK(as_called.compute_output_shape(Shapes{q.shape(), v.shape(), k.shape()}) ==
              Shapes{out[0].shape(), out[1].shape()});
        for (Index n = 0; n < samples; ++n)
          for (Index t = 0; t < t_steps; ++t) {
            const auto& row = w[static_cast<std::size_t>(n)][static_cast<std::size_t>(t)];
            for (Index s = 0; s < s_steps; ++s)
              CHECK(out[1].at({n, t, s}) == doctest::Approx(row[static_cast<std::size_t>(s)]).epsilon(1e-12));
            const double kept = !masked || q_mask.at({n, t}) != 0 ? 1 : 0;
            for (Index d = 0; d < 5; ++d) {
              double expected = 0;
              for (Index s = 0; s < s_steps; ++s)
                expected += row[static_cast<std::size_t>(s)] * v.at({n, s, d});
              CHECK(out[0].at({n, t, d}) == doctest::Approx(kept * expected).epsilon(1e-12));
            }
          }
        CHECK(layer.compute_mask({q, v, k}, masks).size() == (masked ? 1U : 0U));
      }
}

TEST_CASE("a layer called in another way is the same layer") {
  const Attention layer({.use_scale = true});
  const Tensor x = ones({1, 2, 2});
  CHECK(layer.with({.use_causal_mask = true})({x, x}).size() == 1);
  CHECK(layer.is_built());
  CHECK(layer.with({.return_attention_scores = true}) == layer);
  CHECK(layer({x, x}).size() == 1);
}

TEST_CASE("the dropout of attention weights belongs to training, and has a stream for each sample") {
  const Tensor q = ones({8, 4, 2}, DType::float64), v = ones({8, 16, 2}, DType::float64);
  const Attention layer({.dropout = 0.5, .seed = 3, .dtype = DType::float64});
  const Attention told = layer.with({.return_attention_scores = true});
  const Tensors y = told({q, v}, {.training = true, .step = 4});
  const auto weights = y[1].to_vector();
  const auto zeros = std::count(weights.begin(), weights.end(), 0.0);
  CHECK(zeros > 200);
  CHECK(zeros < 312);
  for (const double w : weights) CHECK((w == 0 || w == doctest::Approx(2.0 / 16)));
  const Tensors part = told({q.rows(2, 5), v.rows(2, 5)}, {.training = true, .step = 4, .first_sample = 2});
  CHECK(part[1].to_vector() == y[1].rows(2, 5).to_vector());
  CHECK(layer({q, v})[0].to_vector() == std::vector<double>(64, 1.0));
}

TEST_CASE("inputs that do not fit together are refused") {
  const auto refused = [](const Shapes& shapes) {
    CHECK_THROWS_AS(Attention().build(shapes), ValueError);
    CHECK_THROWS_AS(Attention().compute_output_shape(shapes), ValueError);
  };
  refused({{2, 3, 4}});
  refused({{2, 3, 4}, {2, 3, 4}, {2, 3, 4}, {2, 3, 4}});
  refused({{2, 3, 4}, {2, 3, 5}});
  refused({{2, 3, 4}, {2, 3, 4}, {2, 4, 4}});
  refused({{2, 3, 4}, {3, 3, 4}});
  refused({{2, 3}, {2, 3}});
  CHECK_THROWS_WITH_AS(Attention({.score_mode = "add"}),
      "ValueError: Attention: score_mode must be \"dot\" or \"concat\" (received score_mode=\"add\")",
      ValueError);
}

TEST_CASE("several heads agree with loops over samples, heads and steps, under masks") {
  const Index samples = 2, t_steps = 3, s_steps = 4, heads = 2, key_dim = 3, value_dim = 2, out_dim = 5;
  const Tensor q = random_input({samples, t_steps, 4}, 1), v = random_input({samples, s_steps, 3}, 2),
               k = random_input({samples, s_steps, 2}, 3);
  const Tensor q_mask = random_mask({samples, t_steps}, 4), v_mask = random_mask({samples, s_steps}, 5),
               k_mask = random_mask({samples, s_steps}, 6),
               mask = random_mask({samples, t_steps, s_steps}, 7);
  const MultiHeadAttention layer({.num_heads = heads,
      .key_dim = key_dim,
      .value_dim = value_dim,
      .output_shape = Shape{out_dim},
      .bias_initializer = "random_normal",
      .name = "mha",
      .dtype = DType::float64});
  layer.build({q.shape(), v.shape(), k.shape()});
  const auto weight = [&](const std::string& name) {
    return layer.weight("mha/" + name).current().detached();
  };
  CHECK(weight("query/kernel").shape() == Shape{4, heads, key_dim});
  CHECK(weight("key/kernel").shape() == Shape{2, heads, key_dim});
  CHECK(weight("value/bias").shape() == Shape{heads, value_dim});
  CHECK(weight("attention_output/kernel").shape() == Shape{heads, value_dim, out_dim});
  CHECK(weight("attention_output/bias").shape() == Shape{out_dim});
  const auto projected = [&](const Tensor& x, const std::string& name, Index n, Index t, Index h, Index c) {
    double total = weight(name + "/bias").at({h, c});
    for (Index i = 0; i < x.dim(2); ++i) total += x.at({n, t, i}) * weight(name + "/kernel").at({i, h, c});
    return total;
  };
  for (const bool masked : {false, true}) {
    CAPTURE(masked);
    const auto may = [&](Index n, Index t, Index s) {
      return !masked || (q_mask.at({n, t}) != 0 && v_mask.at({n, s}) != 0 && k_mask.at({n, s}) != 0 &&
                            mask.at({n, t, s}) != 0 && s <= t);
    };
    const MultiHeadAttention as_called =
        layer.with({.use_causal_mask = masked, .return_attention_scores = true});
    const Tensors out =
        masked ? as_called({q, v, k, mask}, {.masks = {q_mask, v_mask, k_mask, {}}}) : as_called({q, v, k});
    std::vector<double> expected(static_cast<std::size_t>(samples * t_steps * out_dim));
    for (Index n = 0; n < samples; ++n)
      for (Index t = 0; t < t_steps; ++t)
        for (Index e = 0; e < out_dim; ++e)
          expected[static_cast<std::size_t>((n * t_steps + t) * out_dim + e)] =
              weight("attention_output/bias").at({e});
    for (Index h = 0; h < heads; ++h) {
      const auto score = [&](Index n, Index t, Index s) {
        double total = 0;
        for (Index c = 0; c < key_dim; ++c)
          total += projected(q, "query", n, t, h, c) * projected(k, "key", n, s, h, c);
        return total / std::sqrt(3.0);
      };
      const auto w = naive_weights(samples, t_steps, s_steps, score, may);
      for (Index n = 0; n < samples; ++n)
        for (Index t = 0; t < t_steps; ++t) {
          const auto& row = w[static_cast<std::size_t>(n)][static_cast<std::size_t>(t)];
          for (Index s = 0; s < s_steps; ++s)
            CHECK(
                out[1].at({n, h, t, s}) == doctest::Approx(row[static_cast<std::size_t>(s)]).epsilon(1e-11));
          for (Index d = 0; d < value_dim; ++d) {
            double answer = 0;
            for (Index s = 0; s < s_steps; ++s)
              answer += row[static_cast<std::size_t>(s)] * projected(v, "value", n, s, h, d);
            for (Index e = 0; e < out_dim; ++e)
              expected[static_cast<std::size_t>((n * t_steps + t) * out_dim + e)] +=
                  answer * weight("attention_output/kernel").at({h, d, e});
          }
        }
    }
    const auto y = out[0].to_vector();
    REQUIRE(y.size() == expected.size());
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-11));
  }
}

TEST_CASE("attention over one of two axes is attention of each slice along the other") {
  const Tensor q = random_input({2, 3, 4, 5}, 1), v = random_input({2, 3, 2, 5}, 2);
  const MultiHeadAttention slices(
      {.num_heads = 2, .key_dim = 3, .attention_axes = 2, .dtype = DType::float64}),
      plain({.num_heads = 2, .key_dim = 3, .dtype = DType::float64});
  const Tensor y = slices({q, v})[0];
  const auto folded = [](const Tensor& x) { return reshape(x, {x.dim(0) * x.dim(1), x.dim(2), x.dim(3)}); };
  plain.build({folded(q).shape(), folded(v).shape()});
  plain.set_weights(slices.get_weights());
  const auto a = folded(y).to_vector(), b = plain({folded(q), folded(v)})[0].to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-12));
  CHECK(slices.get_config()["attention_axes"] == Json::array({2}));
}

TEST_CASE("attention over two axes is attention of the steps of both") {
  const Tensor q = random_input({2, 3, 2, 5}, 1), v = random_input({2, 4, 2, 5}, 2);
  const MultiHeadAttention both({.num_heads = 2, .key_dim = 3, .dtype = DType::float64}),
      plain({.num_heads = 2, .key_dim = 3, .dtype = DType::float64});
  const Tensors y = both.with({.return_attention_scores = true})({q, v});
  CHECK(y[1].shape() == Shape{2, 2, 3, 2, 4, 2});
  const auto joined = [](const Tensor& x) { return reshape(x, {x.dim(0), x.dim(1) * x.dim(2), x.dim(3)}); };
  plain.build({joined(q).shape(), joined(v).shape()});
  plain.set_weights(both.get_weights());
  const auto a = y[0].to_vector(), b = plain({joined(q), joined(v)})[0].to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-12));
}

TEST_CASE("the heads' kernels begin with different numbers") {
  const MultiHeadAttention layer({.num_heads = 1, .key_dim = 2});
  layer.build(Shapes{{1, 2, 3}, {1, 2, 3}});
  CHECK(layer.weights()[0].current().to_vector() != layer.weights()[2].current().to_vector());
  CHECK(layer.weights().size() == 8);
  CHECK(layer.weights()[6].path() == layer.name() + "/attention_output/kernel");
}

TEST_CASE("arguments of a MultiHeadAttention that cannot be are refused") {
  CHECK_THROWS_AS(MultiHeadAttention({.key_dim = 2}), ValueError);
  CHECK_THROWS_AS(MultiHeadAttention({.num_heads = 2}), ValueError);
  CHECK_THROWS_WITH_AS(
      MultiHeadAttention({.num_heads = 1, .key_dim = 2, .dropout = 0.5, .flash_attention = true}),
      "ValueError: MultiHeadAttention: flash_attention does not go together with dropout (received "
      "dropout=0.5)",
      ValueError);
  CHECK_THROWS_AS(MultiHeadAttention({.num_heads = 1, .key_dim = 2, .flash_attention = true})
                      .with({.return_attention_scores = true}),
      ValueError);
  const MultiHeadAttention layer({.num_heads = 1, .key_dim = 2});
  CHECK_THROWS_AS(layer.build(Shapes{{1, 2, 3}, {1, 2, 3}, {1, 4, 3}}), ValueError);
  CHECK_THROWS_AS(layer.build(Shapes{{1, 2, 3}}), ValueError);
  CHECK_THROWS_AS(layer.build(Shapes{{1, 2}, {1, 2}}), ValueError);
  CHECK_THROWS_AS(layer.build(Shapes{{1, 2, None}, {1, 2, 3}}), ValueError);
  const Json config = layer.get_config();
  CHECK(config["value_dim"] == 2);
  CHECK(config["attention_axes"].is_null());
  CHECK_FALSE(config.contains("flash_attention"));
  CHECK_THROWS_AS(MultiHeadAttention({.num_heads = 1, .key_dim = 2, .attention_axes = -1})(
                      {ones({1, 2, 3}), ones({1, 2, 3})}),
      ValueError);
}
