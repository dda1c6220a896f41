// SimpleRNN, LSTM, GRU and RNN against loops over single numbers: directions, masks, states.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/ops/support.hpp"
#include "layers/naive_recurrent.hpp"

#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/simple_rnn.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

constexpr DType f64 = DType::float64;

Tensor random(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{seed}, .dtype = f64});
}

void check_close(const Tensor& y, const std::vector<std::vector<double>>& expected) {
  REQUIRE(y.shape() == Shape{static_cast<Index>(expected.size()), static_cast<Index>(expected[0].size())});
  for (Index n = 0; n < y.dim(0); ++n)
    for (Index j = 0; j < y.dim(1); ++j)
      CHECK(
          y.at({n, j}) ==
          doctest::Approx(expected[static_cast<std::size_t>(n)][static_cast<std::size_t>(j)]).epsilon(1e-10));
}
void check_close(const Tensor& y, const std::vector<std::vector<std::vector<double>>>& expected) {
  for (Index n = 0; n < y.dim(0); ++n) check_close(y[n], expected[static_cast<std::size_t>(n)]);
}
void check_same(const Tensor& a, const Tensor& b, double tolerance = 1e-12) { CHECK(close(a, b, tolerance)); }

/// A layer of that class with random weights, built for x, and the loops that do the same.
struct Pair {
  AnyLayer layer;
  NaiveRecurrent naive;
};
Pair make_pair(const std::string& kind, const Json& arguments, const Tensor& x) {
  Json config = arguments;
  config["units"] = 3;
  config["dtype"] = "float64";
  const AnyLayer layer = make_layer(kind, config);
  layer->build(x.shape());
  Tensors weights;
  for (const Variable& w : layer->weights()) weights.push_back(random(w.shape(), 50 + weights.size()));
  layer->set_weights(weights);
  return {layer, {.kind = kind,
                     .kernel = weights[0],
                     .recurrent_kernel = weights[1],
                     .bias = weights.size() > 2 ? weights[2] : Tensor(),
                     .reset_after = arguments.value("reset_after", true),
                     .backwards = arguments.value("go_backwards", false),
                     .zero_output = arguments.value("zero_output_for_mask", false)}};
}

/// The classes, each with the arguments that change its formula.
std::vector<std::pair<std::string, Json>> kinds() {
  return {{"SimpleRNN", Json::object()}, {"SimpleRNN", {{"use_bias", false}}}, {"LSTM", Json::object()},
      {"LSTM", {{"use_bias", false}}}, {"GRU", Json::object()}, {"GRU", {{"use_bias", false}}},
      {"GRU", {{"reset_after", false}}}, {"GRU", {{"reset_after", false}, {"use_bias", false}}}};
}

}  // namespace

TEST_CASE(
    "recurrent layers compute what loops over single numbers compute, with and without masks, in both "
    "directions") {
  const Tensor x = random({3, 5, 2}, 1), h = random({3, 3}, 2), c = random({3, 3}, 3);
  const Tensor at_the_end({{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {1, 0, 0, 0, 0}});
  const Tensor in_the_middle({{1, 1, 0, 0, 1}, {0, 1, 0, 1, 1}, {0, 0, 0, 0, 0}});
  for (const auto& [kind, formula] : kinds())
    for (const bool backwards : {false, true})
      for (const bool zero_output : {false, true})
        for (const Tensor& mask : {Tensor(), at_the_end, in_the_middle})
          for (const bool with_states : {false, true}) {
            Json arguments = formula;
            arguments.update({{"go_backwards", backwards}, {"zero_output_for_mask", zero_output},
                {"return_sequences", true}, {"return_state", true}});
            const std::string layer = kind + arguments.dump();
            CAPTURE(layer);
            const Pair pair = make_pair(kind, arguments, x);
            const bool has_memory = kind == "LSTM";
            Tensors inputs{x};
            if (with_states) inputs.push_back(h);
            if (with_states && has_memory) inputs.push_back(c);
            const auto expected = pair.naive(x, with_states ? h : Tensor(), with_states ? c : Tensor(), mask);
            CallOptions options;
            if (mask) options.masks = {mask};
            const Tensors actual = (*pair.layer)(inputs, options);
            REQUIRE(actual.size() == (has_memory ? 3 : 2));
            check_close(actual[0], expected.outputs);
            check_close(actual[1], expected.h);
            if (has_memory) check_close(actual[2], expected.c);

            arguments.update({{"return_sequences", false}, {"return_state", false}});
            const Pair last = make_pair(kind, arguments, x);
            std::vector<std::vector<double>> last_outputs;
            for (const auto& outputs : expected.outputs) last_outputs.push_back(outputs.back());
            check_close((*last.layer)(inputs, options).at(0), last_outputs);
          }
}

TEST_CASE("other activations take the same way as the default ones") {
  const Tensor x = random({2, 4, 3}, 1);
  // tanh and sigmoid, as functions that the layers do not know.
  const ActivationFunction my_tanh = [](const Tensor& t) { return tanh(t); };
  const ActivationFunction my_sigmoid = [](const Tensor& t) { return divide(1, add(1, exp(negative(t)))); };
  const LSTM a({.units = 4, .return_sequences = true, .dtype = f64});
  const LSTM b({.units = 4,
      .activation = my_tanh,
      .recurrent_activation = my_sigmoid,
      .return_sequences = true,
      .dtype = f64});
  const Tensor y = a(x);
  b.build(x.shape());
  b.set_weights(a.get_weights());
  check_same(b(x), y);
  const GRU p({.units = 4, .return_sequences = true, .dtype = f64});
  const GRU q({.units = 4,
      .activation = my_tanh,
      .recurrent_activation = my_sigmoid,
      .return_sequences = true,
      .dtype = f64});
  const Tensor z = p(x);
  q.build(x.shape());
  q.set_weights(p.get_weights());
  check_same(q(x), z);
}

TEST_CASE("gradients through time agree with differences, to the second order, past masked steps") {
  const Tensor x = random({2, 4, 2}, 1);
  const Tensor mask({{1, 1, 0, 1}, {1, 1, 0, 0}});
  for (const auto& [kind, formula] : kinds()) {
    Json arguments = formula;
    arguments["return_sequences"] = true;
    const Pair pair = make_pair(kind, arguments, x);
    const Tensors states(kind == "LSTM" ? 2 : 1, random({2, 3}, 7));
    Tensors inputs{x};
    inputs.insert(inputs.end(), states.begin(), states.end());
    const auto f = [&](const Tensors& in) { return (*pair.layer)(in, {.masks = {mask}}).at(0); };
    const auto report = check_gradients(f, inputs, pair.layer->weights(), {.op = kind});
    CHECK_MESSAGE(report.passed(), concat(report));
  }
}

TEST_CASE("a masked step has no influence, and gets no gradient") {
  const Pair pair = make_pair("LSTM", {{"return_sequences", true}}, random({1, 3, 2}, 1));
  const Tensor mask({{1.0, 0.0, 1.0}});
  Tensor x = random({1, 3, 2}, 1), other = multiply(x, reshape(Tensor({1.0, -7.0, 1.0}, f64), {1, 3, 1}));
  check_same((*pair.layer)(x, {.masks = {mask}}), (*pair.layer)(other, {.masks = {mask}}), 0);
  GradientTape tape;
  tape.watch(x);
  const Tensor g = tape.gradient((*pair.layer)(x, {.masks = {mask}}), x);
  CHECK(g.at({0, 1, 0}) == 0);
  CHECK(g.at({0, 2, 0}) != 0);
}

TEST_CASE("a mask that masks nothing changes nothing") {
  const Pair pair = make_pair("GRU", Json::object(), random({2, 3, 2}, 1));
  const Tensor x = random({2, 3, 2}, 1);
  check_same((*pair.layer)(x, {.masks = {ones({2, 3})}}), (*pair.layer)(x), 0);
  CHECK_THROWS_AS((*pair.layer)(x, {.masks = {ones({2, 4})}}), ValueError);
}

TEST_CASE("the mask goes on with sequences, and not with last outputs or states") {
  const Tensor mask = ones({2, 3}, DType::boolean);
  const auto of = [&](const Json& config) {
    Tensors masks;
    (*make_layer("LSTM", config))(Tensors{random({2, 3, 2}, 1)}, {.masks = {mask}, .output_masks = &masks});
    return masks;
  };
  const Tensors sequences = of({{"units", 2}, {"return_sequences", true}, {"return_state", true}});
  REQUIRE(sequences.size() == 3);
  CHECK(sequences[0].id() == mask.id());
  CHECK(!sequences[1]);
  const Tensors last = of({{"units", 2}});
  CHECK(std::none_of(last.begin(), last.end(), [](const Tensor& m) { return static_cast<bool>(m); }));
}

TEST_CASE("a stateful layer goes on where it ended, and begins anew when it is told to") {
  const Tensor x = random({2, 6, 3}, 1);
  const Tensors halves{slice(x, 1, 0, 3), slice(x, 1, 3, 6)};
  for (const auto& kind : {"SimpleRNN", "LSTM", "GRU"}) {
    const Pair whole = make_pair(kind, {{"return_sequences", true}}, x);
    const Pair parts = make_pair(kind, {{"return_sequences", true}, {"stateful", true}}, halves[0]);
    const auto& layer = *parts.layer.as<RecurrentLayer>();
    const Tensor y = (*whole.layer)(x);
    for (int round = 0; round < 2; ++round) {
      check_same(layer(halves[0]), slice(y, 1, 0, 3));
      check_same(layer(halves[1]), slice(y, 1, 3, 6));
      CHECK(layer.states().size() == (std::string(kind) == "LSTM" ? 2 : 1));
      layer.reset_states();
      CHECK(sum(abs(layer.states()[0])).item() == 0);
    }
    CHECK(layer.mixes_samples(true));
    CHECK(layer.mixes_samples(false));
    CHECK(layer.weights().size() == 3);  // states are no weights
    CHECK_THROWS_AS(layer(random({3, 3, 3}, 1)), ValueError);
    CHECK_THROWS_AS(layer(random({2, 3, 2}, 1)), ValueError);
  }
}

TEST_CASE("no gradient flows from a stateful layer's call into the one before it") {
  const Pair pair = make_pair("GRU", {{"stateful", true}}, random({1, 2, 2}, 1));
  GradientTape tape;
  const Tensor x = random({1, 2, 2}, 1);
  tape.watch(x);
  (*pair.layer)(x);
  const Tensor y = (*pair.layer)(random({1, 2, 2}, 2));
  CHECK(!tape.gradient(y, x));
}

TEST_CASE("given states come before those that a stateful layer has kept") {
  const Tensor x = random({2, 3, 2}, 1), h = random({2, 3}, 2);
  const Pair plain = make_pair("GRU", Json::object(), x),
             stateful = make_pair("GRU", {{"stateful", true}}, x);
  (*stateful.layer)(x);
  check_same((*stateful.layer)(Tensors{x, h})[0], (*plain.layer)(Tensors{x, h})[0]);
}

TEST_CASE("a stateful layer needs to know the size of a batch") {
  const LSTM layer({.units = 2, .stateful = true, .name = "lstm"});
  CHECK(error_of([&] {
    layer.build(Shape{None, 4, 2});
  }) == "ValueError: lstm: a stateful layer must be built for a batch of known size: give Input a batch_size "
        "(received shape (None, 4, 2))");
  CHECK(!layer.is_built());
  layer.build(Shape{5, None, 2});
  CHECK(layer.states()[0].shape() == Shape{5, 2});
}
