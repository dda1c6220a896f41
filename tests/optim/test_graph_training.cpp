// Training models of several inputs and outputs, against losses and gradients written with plain ops.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/merging.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/fit.hpp>
#include <xtape/optim/training/profile.hpp>

#include "threads.hpp"

using namespace xtape;
using xtape::testing::Threads;

namespace {

/// Two signals in, a rebuilt signal and a label out.
Functional two_by_two(Index steps, DType dtype = DType::float32) {
  const auto a = Input({.shape = {steps, 2}, .dtype = dtype, .name = "a"});
  const auto b = Input({.shape = {steps, 2}, .dtype = dtype, .name = "b"});
  const Conv1D shared(
      {.filters = 8, .kernel_size = 5, .padding = "same", .activation = "tanh", .dtype = dtype});
  const auto h = Dropout({.rate = 0.25, .dtype = dtype})(Add({.dtype = dtype})({shared(a), shared(b)}));
  const auto signal =
      Conv1D({.filters = 2, .kernel_size = 3, .padding = "same", .name = "signal", .dtype = dtype})(h);
  const auto label = Dense({.units = 1, .name = "label", .dtype = dtype})(Flatten({.dtype = dtype})(h));
  return Functional({a, b}, {signal, label}, "two_by_two");
}

struct Data {
  Tensor a, b, signal, label;
};
Data paired_data(Index samples, Index steps, DType dtype = DType::float32) {
  const auto normal = [&](const Shape& shape) { return random_normal(shape, 0, 1, {.dtype = dtype}); };
  return {normal({samples, steps, 2}), normal({samples, steps, 2}), normal({samples, steps, 2}),
      normal({samples, 1})};
}

std::vector<double> all_weights(const Model& model) {
  std::vector<double> out;
  for (const Tensor& w : model.get_weights())
    for (const double v : w.to_vector()) out.push_back(v);
  return out;
}

std::vector<std::string> names_of(const Logs& logs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : logs.entries()) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a batch that is cut gives the weighted sum of the losses of the outputs, and its gradients") {
  set_random_seed(5);
  const Index samples = 48, steps = 400;
  const Functional model = two_by_two(steps, DType::float64);
  const Data d = paired_data(samples, steps, DType::float64);
  REQUIRE(micro_batches(model, {{None, steps, 2}, {None, steps, 2}}, samples, true, false).size() > 3);
  const Tensors before = model.get_weights();
  const double rate = 0.5;
  const Tensor weight = random_uniform({samples}, 0, 2, {.dtype = DType::float64});
  model.compile(
      {.optimizer = SGD({.learning_rate = rate}), .loss = {"mse", "mae"}, .loss_weights = {1.0, 0.25}});
  const Logs logs = model.train_on_batch({d.a, d.b}, {d.signal, d.label}, {Tensor(), weight});
  const Tensors after = model.get_weights();

  model.set_weights(before);
  GradientTape tape;
  const Tensors y = model({d.a, d.b}, {.training = true, .step = 0});
  const Tensor of_signal = mean(square(subtract(y[0], d.signal)));
  const Tensor of_label = mean(multiply(abs(subtract(squeeze(y[1], -1), squeeze(d.label, -1))), weight));
  const Tensor whole = add(of_signal, multiply(of_label, 0.25));
  const std::vector<Tensor> gradients = tape.gradient(whole, model.trainable_variables());
  CHECK(logs["loss"] == doctest::Approx(whole.item()).epsilon(1e-12));
  CHECK(logs["signal_loss"] == doctest::Approx(of_signal.item()).epsilon(1e-12));
  CHECK(logs["label_loss"] == doctest::Approx(of_label.item()).epsilon(1e-12));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto g = gradients[i].to_vector(), w0 = before[i].to_vector(), w1 = after[i].to_vector();
    for (std::size_t k = 0; k < g.size(); ++k) CHECK(std::abs((w0[k] - w1[k]) / rate - g[k]) < 1e-12);
  }
}

TEST_CASE("data may come by the names of inputs and outputs, in any order") {
  const Index samples = 12, steps = 10;
  const Data d = paired_data(samples, steps);
  const Tensor w = random_uniform({samples}, 0, 2);
  const auto run = [&](const TensorList& x, const TensorList& y, const TensorList& weight) {
    set_random_seed(3);
    const Functional model = two_by_two(steps);
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = {"mse", "mae"}});
    std::vector<double> out = model.fit(x, y,
        {.batch_size = 4,
            .epochs = 2,
            .verbose = 0,
            .validation_data = ValidationData{x, y, weight},
            .sample_weight = weight})["val_loss"];
    out.push_back(model.evaluate(x, y, {.sample_weight = weight})["loss"]);
    out.push_back(model.train_on_batch(x, y, weight)["loss"]);
    out.push_back(model.test_on_batch(x, y, weight)["loss"]);
    const std::vector<double> weights = all_weights(model);
    out.insert(out.end(), weights.begin(), weights.end());
    return out;
  };
  const std::vector<double> by_place = run({d.a, d.b}, {d.signal, d.label}, {Tensor(), w});
  CHECK(
      run({{"b", d.b}, {"a", d.a}}, {{"label", d.label}, {"signal", d.signal}}, {{"label", w}}) == by_place);
  const std::map<std::string, Tensor> x{{"a", d.a}, {"b", d.b}}, y{{"signal", d.signal}, {"label", d.label}};
  CHECK(run(TensorsByName(x), TensorsByName(y), {Tensor(), w}) == by_place);

  const Functional model = two_by_two(steps);
  CHECK(model.input_names() == std::vector<std::string>{"a", "b"});
  const Tensors listed = model.predict(Tensors{d.a, d.b}), named = model.predict({{"b", d.b}, {"a", d.a}});
  CHECK(named[0].to_vector() == listed[0].to_vector());
  CHECK(named[1].to_vector() == listed[1].to_vector());
  CHECK(model.predict_on_batch({{"b", d.b}, {"a", d.a}})[1].to_vector() == listed[1].to_vector());
  CHECK(model.profile({{"b", d.b}, {"a", d.a}}).total().flops() == model.profile({d.a, d.b}).total().flops());
}

TEST_CASE("data by names that do not fit are refused, and nothing is trained") {
  const Index samples = 6, steps = 10;
  const Data d = paired_data(samples, steps);
  const Functional model = two_by_two(steps);
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = {"mse", "mae"}});
  const std::vector<double> before = all_weights(model);
  const TensorList y{d.signal, d.label};
  CHECK_THROWS_WITH_AS(model.fit({{"a", d.a}, {"c", d.b}}, y),
      "ValueError: fit: x: \"c\" is the name of no input; there are [a, b]", ValueError);
  CHECK_THROWS_WITH_AS(
      model.fit({{"a", d.a}}, y), "ValueError: fit: x: there is none for input \"b\"", ValueError);
  CHECK_THROWS_WITH_AS(model.fit({{"a", d.a}, {"a", d.b}}, y),
      "ValueError: TensorsByName: there are two entries \"a\"", ValueError);
  CHECK_THROWS_WITH_AS(model.evaluate({d.a, d.b}, {{"signal", d.signal}}),
      "ValueError: evaluate: y must be given for every output that has a loss", ValueError);
  CHECK_THROWS_WITH_AS(model.train_on_batch({d.a, d.b}, y, {{"signals", d.a}}),
      "ValueError: train_on_batch: sample_weight: \"signals\" is the name of no output; there are [signal, "
      "label]",
      ValueError);
  CHECK_THROWS_WITH_AS(
      model.predict({{"a", d.a}}), "ValueError: predict: x: there is none for input \"b\"", ValueError);
  CHECK(all_weights(model) == before);

  const Sequential unbuilt({Dense({.units = 1})});
  unbuilt.compile({.optimizer = SGD(), .loss = "mse"});
  CHECK_THROWS_WITH_AS(unbuilt.fit({{"x", ones({3, 2})}}, ones({3, 1})),
      doctest::Contains("x cannot be given by names: the inputs of sequential"), ValueError);
}

TEST_CASE("the weights of a graph after training are the same, bit for bit, for any number of threads") {
  const auto train = [](int threads) {
    const Threads scope(threads);
    set_random_seed(3);
    const Functional model = two_by_two(64);
    const Data d = paired_data(96, 64);
    model.compile({.optimizer = Adam(), .loss = "mse"});
    model.fit({d.a, d.b}, {d.signal, d.label}, {.batch_size = 40, .epochs = 2, .verbose = 0});
    return all_weights(model);
  };
  const std::vector<double> one = train(1);
  for (const int threads : {2, 3}) CHECK(train(threads) == one);
}

TEST_CASE("logs name each output's loss and metrics, in validation too") {
  const Functional model = two_by_two(8);
  const Data d = paired_data(10, 8);
  model.compile({.optimizer = "sgd",
      .loss = {{"signal", "mse"}, {"label", "mae"}},
      .loss_weights = {{"signal", 1.0}, {"label", 2.0}},
      .metrics = MetricsByOutput{{"label", {"mse", "mae"}}},
      .weighted_metrics = {{}, {"mae"}}});
  const History history = model.fit({d.a, d.b}, {d.signal, d.label},
      {.verbose = 0, .validation_data = ValidationData{{d.a, d.b}, {d.signal, d.label}}});
  for (const char* name :
      {"loss", "signal_loss", "label_loss", "val_loss", "val_signal_loss", "val_label_loss"})
    CHECK(history.contains(name));
  const Logs logs = model.evaluate({d.a, d.b}, {d.signal, d.label});
  CHECK(logs["loss"] == doctest::Approx(logs["signal_loss"] + 2 * logs["label_loss"]));
  CHECK(names_of(logs).size() == 6);
  const Tensors predicted = model.predict(Tensors{d.a, d.b});
  CHECK(logs["signal_loss"] == doctest::Approx(mean(square(subtract(predicted[0], d.signal))).item()));
  CHECK(logs["label_loss"] == doctest::Approx(mean(abs(subtract(predicted[1], d.label))).item()));
  const Tensors on_batch = model.predict_on_batch(Tensors{d.a, d.b});
  CHECK(on_batch[1].to_vector() == predicted[1].to_vector());
}

TEST_CASE("an output without a loss needs no truth, and is still predicted") {
  const Functional model = two_by_two(8);
  const Data d = paired_data(6, 8);
  model.compile({.optimizer = "sgd", .loss = {AnyLoss(), "mse"}});
  const Logs logs = model.train_on_batch({d.a, d.b}, d.label);
  CHECK(names_of(logs) == std::vector<std::string>{"loss"});
  CHECK(model.predict(Tensors{d.a, d.b})[0].shape() == Shape{6, 8, 2});
  CHECK_THROWS_AS(model.train_on_batch({d.a, d.b}, {d.signal, d.label, d.label}), ValueError);
}

TEST_CASE("what does not fit the outputs is refused when the model is compiled, or when it is fed") {
  const Functional model = two_by_two(8);
  const Data d = paired_data(6, 8);
  CHECK_THROWS_WITH_AS(model.compile({.loss = {"mse", "mse", "mse"}}),
      "ValueError: compile: loss given as a list must have as many entries as the model has outputs, 2 "
      "(received 3)",
      ValueError);
  CHECK_THROWS_WITH_AS(model.compile({.loss = {{"signal", "mse"}, {"lable", "mse"}}}),
      "ValueError: compile: loss: \"lable\" is the name of no output; there are [signal, label]", ValueError);
  CHECK_THROWS_WITH_AS(model.compile({.loss = {{"signal", "mse"}}}),
      "ValueError: compile: loss given by names must name every output: [signal, label]", ValueError);
  CHECK_THROWS_AS(model.compile({.loss = "mse", .metrics = {"mae", "mae", "mae"}}), ValueError);
  CHECK_THROWS_AS(model.compile({.loss = "mse", .loss_weights = {1.0}}), ValueError);
  CHECK(!model.is_compiled());
  model.compile({.loss = "mse"});
  CHECK_THROWS_AS(model.fit({d.a, d.b}, d.label, {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.fit({d.a, d.b.rows(0, 3)}, {d.signal, d.label}, {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.fit(d.a, {d.signal, d.label}, {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.predict(d.a), ValueError);
}

TEST_CASE("a model of one output in a list is trained as one of one output") {
  const auto x = Input({.shape = {3}});
  const Functional model(x, Dense({.units = 1, .name = "y"})(x));
  const Tensor data = random_normal({8, 3}), truth = random_normal({8, 1});
  model.compile({.optimizer = "sgd", .loss = {{"y", "mse"}}, .metrics = MetricsByOutput{{"y", {"mae"}}}});
  const Logs logs = model.train_on_batch(data, truth);
  CHECK(logs.entries().size() == 2);
  CHECK(logs.entries()[0].first == "loss");
  CHECK(logs["loss"] > 0);
  model.compile({.optimizer = "sgd", .loss = {"mse"}, .metrics = {{"mae"}, {"mse"}}});
  CHECK(model.train_on_batch(data, truth).entries().size() == 3);
}
