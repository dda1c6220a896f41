// Cells, stacks of them and cells of a user's own; the weights, losses, dropout, errors and configs of recurrent layers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/ops/support.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/simple_rnn.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

constexpr DType f64 = DType::float64;

Tensor random(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{seed}, .dtype = f64});
}

void check_same(const Tensor& a, const Tensor& b, double tolerance = 1e-12) { CHECK(close(a, b, tolerance)); }

}  // namespace

TEST_CASE("stacked cells are layers on top of each other") {
  const Tensor x = random({2, 4, 3}, 1), mask({{1, 1, 0, 1}, {1, 1, 1, 0}});
  for (const bool backwards : {false, true}) {
    const RNN stack({.cell = {LSTMCell({.units = 4, .dtype = f64}), GRUCell({.units = 2, .dtype = f64})},
        .return_sequences = true,
        .return_state = true,
        .go_backwards = backwards,
        .dtype = f64});
    const LSTM lower({.units = 4, .return_sequences = true, .go_backwards = backwards, .dtype = f64});
    const GRU upper({.units = 2, .return_sequences = true, .return_state = true, .dtype = f64});
    stack.build(x.shape());
    CHECK(stack.compute_output_shape(Shapes{{None, 4, 3}}) ==
          Shapes{{None, 4, 2}, {None, 4}, {None, 4}, {None, 2}});
    lower.build(x.shape());
    upper.build(Shape{2, 4, 4});
    const Tensors weights = stack.get_weights();
    lower.set_weights({weights.begin(), weights.begin() + 3});
    upper.set_weights({weights.begin() + 3, weights.end()});
    const Tensor walked_mask = backwards ? flip(mask, 1) : mask;
    const Tensors actual = stack(Tensors{x}, {.masks = {mask}});
    const Tensors expected = upper(Tensors{lower(x, {.masks = {mask}})}, {.masks = {walked_mask}});
    REQUIRE(actual.size() == 4);
    check_same(actual[0], expected[0]);
    check_same(actual[3], expected[1]);
  }
}

TEST_CASE("a cell by itself does one step, and an RNN does as many as there are") {
  const Tensor x = random({2, 3, 4}, 1);
  const StackedRNNCells cell(
      {.cells = {SimpleRNNCell({.units = 3, .dtype = f64}), LSTMCell({.units = 2, .dtype = f64})},
          .dtype = f64});
  const RNN layer({.cell = cell, .return_state = true, .dtype = f64});
  const Tensors expected = layer(Tensors{x});
  Tensors at{x, zeros({2, 3}, f64), zeros({2, 2}, f64), zeros({2, 2}, f64)};
  for (Index t = 0; t < 3; ++t) {
    at[0] = view(x, all(), t);
    at = cell(at);
  }
  REQUIRE(at.size() == expected.size());
  for (std::size_t i = 0; i < at.size(); ++i) check_same(at[i], expected[i]);
  CHECK(cell.state_size() == std::vector<Index>{3, 2, 2});
  CHECK(cell.output_size() == 2);
}

namespace {

/// y = h' = x w + h / 2, as a user writes a cell.
class Halving final : public RNNCell {
 public:
  Halving() : RNNCell("Halving", "halving", true, f64) {}
  std::string_view type_name() const override { return "Halving"; }
  std::vector<Index> state_size() const override { return {2}; }
  Tensors step(const Tensor& x, const Tensors& states, const CallOptions&) const override {
    const Tensor y = add(matmul(x, w_), multiply(states[0], 0.5));
    return {y, y};
  }

 protected:
  void build_weights(const Shape& input_shape) const override {
    add_weight(w_, {.name = "w", .shape = {input_shape.back(), 2}, .initializer = "ones"});
  }

 private:
  Variable w_;
};

/// A cell that forgot to say its step.
class Idle final : public RNNCell {
 public:
  Idle() : RNNCell("Idle", "idle", true, f64) {}
  std::string_view type_name() const override { return "Idle"; }
  std::vector<Index> state_size() const override { return {1}; }
};

}  // namespace

TEST_CASE("a cell of a user's own says a step, and works in RNN and in stacks") {
  const Tensor x = reshape(Tensor({1.0, 2.0, 4.0}, f64), {1, 3, 1});
  const RNN layer({.cell = Halving(), .return_sequences = true, .name = "r", .dtype = f64});
  check_same(layer(x), reshape(Tensor({{1.0, 1.0}, {2.5, 2.5}, {5.25, 5.25}}, f64), {1, 3, 2}));
  CHECK(layer.weights()[0].path() == "r/halving/w");
  const RNN stack({.cell = {Halving(), SimpleRNNCell({.units = 3, .dtype = f64})}, .dtype = f64});
  CHECK(stack(x).shape() == Shape{1, 3});
  CHECK(error_of([&] {
    RNN({.cell = Idle(), .dtype = f64})(x);
  }) == "StateError: idle: Idle says neither step nor begin");
}

TEST_CASE("weights carry the names and the paths of Keras") {
  const LSTM layer({.units = 2, .name = "lstm"});
  layer.build(Shape{None, 3, 4});
  CHECK(layer.weight("kernel").shape() == Shape{4, 8});
  CHECK(layer.weight("recurrent_kernel").shape() == Shape{2, 8});
  CHECK(layer.weight("bias").current().to_vector() == std::vector<double>{0, 0, 1, 1, 0, 0, 0, 0});
  CHECK(layer.weights()[0].path() == "lstm/lstm_cell/kernel");
  const LSTM with_other_bias({.units = 1, .bias_initializer = "ones", .unit_forget_bias = false});
  with_other_bias.build(Shape{None, 3, 4});
  CHECK(with_other_bias.weight("bias").current().to_vector() == std::vector<double>{1, 1, 1, 1});
  const GRU gru({.units = 2, .reset_after = false});
  gru.build(Shape{None, 3, 4});
  CHECK(gru.weight("bias").shape() == Shape{6});
  CHECK(GRU({.units = 2}).compute_output_shape(Shape{None, 3, 4}) == Shape{None, 2});
}

TEST_CASE("regularizers and constraints belong to the weights, the activity's to all outputs") {
  using regularizers::L2;
  const Tensor x = random({4, 3, 2}, 1);
  const LSTM layer({.units = 2,
      .kernel_regularizer = L2({.l2 = 1}),
      .recurrent_regularizer = L2({.l2 = 2}),
      .bias_regularizer = L2({.l2 = 3}),
      .activity_regularizer = L2({.l2 = 0.5}),
      .kernel_constraint = "non_neg",
      .return_state = true,
      .dtype = f64});
  const Tensors outputs = layer(Tensors{x});
  const auto losses = layer.losses();
  REQUIRE(losses.size() == 6);  // three outputs, three weights
  CHECK(losses[0].item() == doctest::Approx(0.5 * sum(square(outputs[0])).item() / 4));
  CHECK(losses[4].item() == doctest::Approx(2 * sum(square(layer.weight("recurrent_kernel"))).item()));
  CHECK(losses[5].item() == doctest::Approx(3 * 2));
  CHECK(layer.weight("kernel").constraint());
  const SimpleRNN simple({.units = 2, .activity_regularizer = L2({.l2 = 0.5}), .dtype = f64});
  simple(x);
  CHECK(simple.losses().empty());  // as in Keras 3.16
  CHECK(simple.get_config()["activity_regularizer"].is_null());
}

TEST_CASE("dropout leaves out the same units at all steps, each gate its own with recurrent_dropout") {
  const Tensor x = ones({64, 5, 8}, f64);
  const CallOptions training{.training = true, .step = 3};
  // With a kernel of ones and no recurrence, an output tells how many features were left.
  const SimpleRNN layer({.units = 1,
      .activation = "linear",
      .kernel_initializer = "ones",
      .recurrent_initializer = "zeros",
      .dropout = 0.5,
      .return_sequences = true,
      .dtype = f64});
  const Tensor y = layer(x, training);
  double total = 0;
  for (Index n = 0; n < 64; ++n)
    for (Index t = 0; t < 5; ++t) {
      CHECK(y.at({n, t, 0}) == y.at({n, 0, 0}));
      CHECK(std::fmod(y.at({n, t, 0}), 2.0) == 0);  // those that are left count twice
      total += y.at({n, t, 0});
    }
  CHECK(total / (64 * 5) == doctest::Approx(8).epsilon(0.1));
  check_same(layer(x), full({64, 5, 1}, 8, f64), 0);

  const auto sums_of_gates = [&](double recurrent_dropout) {
    const GRU gru({.units = 1,
        .activation = "linear",
        .recurrent_activation = "linear",
        .kernel_initializer = "ones",
        .recurrent_initializer = "zeros",
        .dropout = 0.5,
        .recurrent_dropout = recurrent_dropout,
        .dtype = f64});
    return gru(slice(x, 1, 0, 1), training);  // (1 - z) t with z = t, unless each gate has a mask of its own
  };
  const auto in_range = [](const Tensor& t) {
    Index values = 0;
    for (const double v : t.to_vector<double>()) {
      const double root = (1 + std::sqrt(std::max(0.0, 1 - 4 * v))) / 2;
      values += std::abs(root * (1 - root) - v) < 1e-9 && std::abs(root - std::round(root)) < 1e-9;
    }
    return values;
  };
  CHECK(in_range(sums_of_gates(0)) == 64);
  CHECK(in_range(sums_of_gates(0.5)) < 64);
}

TEST_CASE(
    "rates are brought within bounds, and a rate of 1 leaves out all in SimpleRNN and nothing in the "
    "others") {
  const LSTM lstm({.units = 2, .dropout = 1.5, .recurrent_dropout = -1, .dtype = f64});
  CHECK(lstm.get_config()["dropout"] == 1.0);
  CHECK(lstm.get_config()["recurrent_dropout"] == 0.0);
  const Tensor x = random({2, 3, 2}, 1);
  check_same(lstm(x, {.training = true}), lstm(x), 0);
  const SimpleRNN simple({.units = 2, .dropout = 1, .dtype = f64});
  check_same(simple(x, {.training = true}), zeros({2, 2}, f64), 0);
}

TEST_CASE("sequences without steps and batches without samples have empty answers, or zeros") {
  const GRU gru({.units = 2, .return_sequences = true, .return_state = true, .dtype = f64});
  const Tensors none = gru(Tensors{zeros({3, 0, 4}, f64), ones({3, 2}, f64)});
  CHECK(none[0].shape() == Shape{3, 0, 2});
  check_same(none[1], ones({3, 2}, f64), 0);
  check_same(LSTM({.units = 2, .dtype = f64})(zeros({3, 0, 4}, f64)), zeros({3, 2}, f64), 0);
  CHECK(gru(Tensors{zeros({0, 5, 4}, f64)})[0].shape() == Shape{0, 5, 2});
}

TEST_CASE("arguments that make no sense are refused") {
  CHECK(error_of([] { LSTM({.units = 0}); }) ==
        "ValueError: LSTMCell: units must be a positive integer (received units=0)");
  CHECK(error_of([] { GRU({.units = 2, .use_cudnn = "never"}); }).starts_with("ValueError: use_cudnn"));
  CHECK(LSTM({.units = 2, .use_cudnn = false}).name() != "");
  CHECK(make_layer("GRU", {{"units", 2}, {"use_cudnn", true}})->name() != "");
  CHECK(error_of([] { RNN({}); }) ==
        "ValueError: RNN: cell must be a cell or a list of cells (received cell=None)");
  CHECK(error_of([] {
    make_layer("RNN", {{"cell", {{"class_name", "Flatten"}, {"config", Json::object()}}}});
  }) == "ValueError: RNN: cell must be a cell or a list of cells (received cell=Flatten)");
  CHECK(error_of([] { StackedRNNCells({}); }).starts_with("ValueError: StackedRNNCells: cells"));
  const GRU gru({.units = 2, .name = "gru"});
  gru.build(Shape{None, 4, 3});
  CHECK(error_of([&] {
    gru(Tensors{ones({2, 4, 3}), ones({2, 3})});
  }) == "ValueError: gru: a state must have shape (2, 2) (received (2, 3))");
  CHECK(error_of([&] {
    gru(Tensors{ones({2, 4, 3}), ones({2, 2}), ones({2, 2})});
  }) == "ValueError: gru: takes its input alone or with 1 states (received 3 tensors)");
}

TEST_CASE("a layer made from a config of Keras's is the same as one made in C++") {
  const Json cells = Json::parse(R"({"cell": [
      {"module": "keras.layers", "class_name": "LSTMCell", "config": {"units": 3, "name": "a"}},
      {"module": "keras.layers", "class_name": "GRUCell", "config": {"units": 2, "name": "b"}}]})");
  const AnyLayer layer = make_layer("RNN", cells);
  const Json config = layer->get_config();
  CHECK(config["cell"]["class_name"] == "StackedRNNCells");
  CHECK(config["cell"]["config"]["cells"][1]["config"]["name"] == "b");
  CHECK(make_layer("RNN", config)->get_config() == config);
  layer->build(Shape{None, 4, 2});
  CHECK(layer->weights().size() == 6);
  const AnyLayer twin = make_layer("RNN", layer->get_config());  // its cell is built, as the config says
  twin->build(Shape{None, 4, 2});
  for (std::size_t i = 0; i < 6; ++i) CHECK(twin->weights()[i].path() == layer->weights()[i].path());
  const LSTM lstm(
      {.units = 2, .dropout = 0.25, .seed = 4, .return_sequences = true, .zero_output_for_mask = true});
  const Json lstm_config = lstm.get_config();
  CHECK(lstm_config["seed"] == 4);
  CHECK(lstm_config["zero_output_for_mask"] == true);
  CHECK(!lstm_config.contains("use_cudnn"));
  CHECK(make_layer("LSTM", lstm_config)->get_config() == lstm_config);
}
