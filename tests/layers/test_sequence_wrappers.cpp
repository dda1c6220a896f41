// Bidirectional and TimeDistributed against what they are made of.
#include <doctest/doctest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/ops/support.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/layers/simple_rnn.hpp>
#include <xtape/layers/time_distributed.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

constexpr DType f64 = DType::float64;

Tensor random(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{seed}, .dtype = f64});
}

void check_same(const Tensor& a, const Tensor& b, double tolerance = 1e-12) { CHECK(close(a, b, tolerance)); }

/// The two layers that a Bidirectional has, by themselves and with its weights.
struct Directions {
  LSTM forward, backward;

  Directions(const Bidirectional& layer, const Shape& x, bool return_sequences)
      : forward(config(false, return_sequences)), backward(config(true, return_sequences)) {
    const Tensors weights = layer.get_weights();
    forward.build(x);
    backward.build(x);
    forward.set_weights({weights.begin(), weights.begin() + 3});
    backward.set_weights({weights.begin() + 3, weights.end()});
  }

 private:
  static LSTM::Config config(bool backwards, bool return_sequences) {
    return {.units = 3,
        .return_sequences = return_sequences,
        .return_state = true,
        .go_backwards = backwards,
        .zero_output_for_mask = return_sequences,
        .dtype = f64};
  }
};

}  // namespace

TEST_CASE("Bidirectional merges the outputs of both directions, and keeps their states apart") {
  const Tensor x = random({2, 4, 3}, 1), mask({{1, 1, 0, 1}, {1, 1, 0, 0}});
  const Tensors states{random({2, 3}, 2), random({2, 3}, 3), random({2, 3}, 4), random({2, 3}, 5)};
  for (const bool return_sequences : {false, true})
    for (const bool masked : {false, true})
      for (const std::optional<std::string>& mode :
          {std::optional<std::string>("concat"), {"sum"}, {"ave"}, {"mul"}, {}}) {
        CAPTURE(return_sequences);
        CAPTURE(mode.value_or("None"));
        const Bidirectional layer(
            {.layer = LSTM(
                 {.units = 3, .return_sequences = return_sequences, .return_state = true, .dtype = f64}),
                .merge_mode = mode,
                .dtype = f64});
        layer.build(x.shape());
        const Directions parts(layer, x.shape(), return_sequences);
        CallOptions options;
        if (masked) options.masks = {mask};
        const Tensors forward = parts.forward(Tensors{x, states[0], states[1]}, options);
        Tensors backward = parts.backward(Tensors{x, states[2], states[3]}, options);
        if (return_sequences) backward[0] = flip(backward[0], 1);

        const Tensors actual = layer(Tensors{x, states[0], states[1], states[2], states[3]}, options);
        const std::size_t outputs = mode ? 1 : 2;
        REQUIRE(actual.size() == outputs + 4);
        const Tensor &y = forward[0], &z = backward[0];
        if (!mode) {
          check_same(actual[0], y);
          check_same(actual[1], z);
        } else {
          check_same(actual[0], *mode == "concat" ? concatenate({y, z}, -1)
                                : *mode == "sum"  ? add(y, z)
                                : *mode == "ave"  ? multiply(add(y, z), 0.5)
                                                  : multiply(y, z));
        }
        for (std::size_t i = 0; i < 2; ++i) {
          check_same(actual[outputs + i], forward[1 + i]);
          check_same(actual[outputs + 2 + i], backward[1 + i]);
        }
        Shapes shapes;
        for (const Tensor& t : actual) shapes.push_back(t.shape());
        CHECK(layer.compute_output_shape(Shapes{x.shape()}) == shapes);
        if (masked && return_sequences && mode == "sum")
          CHECK(sum(abs(view(actual[0], all(), 2))).item() == 0);
      }
}

TEST_CASE("Bidirectional makes both layers anew, by Keras's names") {
  const LSTM lstm({.units = 2, .return_sequences = true, .name = "lstm_9"});
  lstm.build(Shape{None, 4, 3});
  const Bidirectional layer({.layer = lstm, .name = "both"});
  CHECK(!layer.forward_layer().is_built());
  layer.build(Shape{None, 4, 3});
  CHECK(layer.weights()[0].path() == "both/forward_lstm_9/lstm_cell/kernel");
  CHECK(layer.weights()[5].path() == "both/backward_lstm_9/lstm_cell/bias");
  CHECK(!(layer.weights()[0] == lstm.weights()[0]));
  const Json config = layer.get_config();
  CHECK(config["merge_mode"] == "concat");
  CHECK(config["layer"]["config"]["name"] == "forward_lstm_9");
  CHECK(config["layer"]["config"]["zero_output_for_mask"] == true);
  CHECK(config["backward_layer"]["config"]["go_backwards"] == true);
  CHECK(make_layer("Bidirectional", config)->get_config() == config);
}

TEST_CASE("Bidirectional takes another layer for the way back, if it fits") {
  const Tensor x = random({2, 4, 3}, 1);
  const GRU backward({.units = 5, .go_backwards = true, .name = "back", .dtype = f64});
  const Bidirectional layer(
      {.layer = LSTM({.units = 2, .dtype = f64}), .backward_layer = backward, .dtype = f64});
  CHECK(layer(x).shape() == Shape{2, 7});
  CHECK(layer.compute_output_shape(Shape{None, 4, 3}) == Shape{None, 7});
  CHECK(backward.is_built());
  CHECK(error_of([] { Bidirectional({.layer = LSTM({.units = 2, .go_backwards = true})}); }) ==
        "ValueError: Bidirectional: one layer must go backwards, the other one not (received go_backwards=1 "
        "for both)");
  CHECK(error_of([] {
    Bidirectional({.layer = LSTM({.units = 2}), .backward_layer = GRU({.units = 2})});
  }).find("must go backwards") != std::string::npos);
  CHECK(error_of([] {
    Bidirectional({.layer = LSTM({.units = 2}),
        .backward_layer = GRU({.units = 2, .return_sequences = true, .go_backwards = true})});
  }).find("return_sequences must be the same") != std::string::npos);
  CHECK(error_of([] { Bidirectional({.layer = Dense({.units = 2})}); }) ==
        "ValueError: Bidirectional: layer must be a recurrent layer (received layer=Dense)");
  CHECK(error_of([] {
    Bidirectional({.layer = LSTM({.units = 2}), .merge_mode = "max"});
  }).find("received merge_mode=\"max\"") != std::string::npos);
  CHECK_THROWS_AS(Bidirectional({}), ValueError);
}

TEST_CASE("a stateful Bidirectional goes on in both directions until it is reset") {
  const Tensor x = random({2, 4, 3}, 1);
  const Bidirectional layer({.layer = GRU({.units = 2, .stateful = true, .dtype = f64}), .dtype = f64});
  const Tensor first = layer(x), second = layer(x);
  CHECK(max(abs(subtract(first, second))).item() > 1e-3);
  layer.reset_states();
  check_same(layer(x), first, 0);
  CHECK(layer.mixes_samples(false));
  CHECK_THROWS_AS(Bidirectional({.layer = GRU({.units = 2})}).reset_state(), StateError);
}

TEST_CASE("a frozen wrapper freezes what is inside") {
  const Bidirectional layer({.layer = GRU({.units = 2}), .trainable = false});
  layer.build(Shape{None, 4, 3});
  CHECK(layer.trainable_weights().empty());
  layer.set_trainable(true);
  CHECK(layer.trainable_weights().size() == 6);
}

TEST_CASE("TimeDistributed applies a layer step by step, masks and all") {
  const Tensor x = random({2, 3, 4, 2}, 1),
               mask = random_bernoulli({2, 3, 4}, 0.6, {.key = RandomKey{3}, .dtype = DType::boolean});
  const LSTM lstm({.units = 3, .dtype = f64});
  const TimeDistributed layer({.layer = lstm, .name = "outer", .dtype = f64});
  const Tensor y = layer(x, {.masks = {mask}});
  CHECK(layer.compute_output_shape(Shape{None, 3, 4, 2}) == Shape{None, 3, 3});
  CHECK(layer.weights()[0].path() == "outer/" + lstm.name() + "/lstm_cell/kernel");
  for (Index t = 0; t < 3; ++t)
    check_same(view(y, all(), t), lstm(view(x, all(), t), {.masks = {view(mask, all(), t)}}));
  CHECK(error_of([&] {
    layer(x, {.masks = {ones({2, 4})}});
  }).find("the mask must have shape (batch, steps, ...) (received (2, 4)") != std::string::npos);
}

TEST_CASE("TimeDistributed takes layers that carry a state from step to step") {
  const Tensor x = random({2, 3, 4, 2}, 1);
  const GRU inside({.units = 3, .stateful = true, .dtype = f64});
  const TimeDistributed layer({.layer = inside, .dtype = f64});
  const Tensor y = layer(x);
  const GRU alone({.units = 3, .stateful = true, .dtype = f64});
  alone.build(Shape{2, 4, 2});
  alone.set_weights(inside.get_weights());
  for (Index t = 0; t < 3; ++t) check_same(view(y, all(), t), alone(view(x, all(), t)));
}

TEST_CASE("TimeDistributed draws anew at each step, and the same however the batch is split") {
  const TimeDistributed layer({.layer = Dropout({.rate = 0.5, .seed = 1}), .dtype = f64});
  const Tensor x = ones({4, 3, 50}, f64);
  const Tensor y = layer(x, {.training = true, .step = 2});
  CHECK(max(abs(subtract(view(y, all(), 0), view(y, all(), 1)))).item() > 0);
  check_same(layer(x.rows(2, 4), {.training = true, .step = 2, .first_sample = 2}), y.rows(2, 4), 0);
}

TEST_CASE(
    "TimeDistributed works around models, and drops the activity regularizer of its layer as Keras 3 does") {
  const Sequential model({Flatten(), Dense({.units = 2, .dtype = f64})});
  const TimeDistributed layer({.layer = model, .dtype = f64});
  const Tensor x = random({2, 3, 4, 2}, 1);
  const Tensor y = layer(x);
  CHECK(y.shape() == Shape{2, 3, 2});
  check_same(view(y, all(), 1), model(view(x, all(), 1)));
  const TimeDistributed penalized({.layer = Dense({.units = 2,
                                       .kernel_regularizer = regularizers::L2({.l2 = 1}),
                                       .activity_regularizer = regularizers::L2({.l2 = 1})})});
  penalized(random({2, 3, 4}, 1));
  CHECK(penalized.losses().size() == 1);  // the kernel's
  CHECK_THROWS_AS(TimeDistributed({}), ValueError);
  CHECK(layer(zeros({2, 0, 4, 2}, f64)).shape() == Shape{2, 0, 2});
}
