#include <cmath>
#include <filesystem>
#include <limits>

#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/callbacks/early_stopping.hpp>
#include <xtape/optim/training/callbacks/lambda_callback.hpp>
#include <xtape/optim/training/callbacks/model_checkpoint.hpp>
#include <xtape/optim/training/callbacks/terminate_on_nan.hpp>
#include <xtape/optim/training/fit.hpp>

#include "autoencoder.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

Sequential line_model() {  // y = w x + b
  Sequential model({Input({.shape = {1}}), Dense({.units = 1})});
  model.set_weights({Tensor{{0.5}}, Tensor{0.25}});
  return model;
}

}  // namespace

TEST_CASE("a line is fitted") {
  set_random_seed(1);
  const Tensor x = random_uniform({256, 1}, -1, 1), y = add(multiply(x, 3), -2);
  const Sequential model = line_model();
  model.compile({.optimizer = Adam({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  const History history = model.fit(x, y, {.epochs = 40, .verbose = 0});
  CHECK(history["loss"].size() == 40);
  CHECK(history["loss"].back() < 1e-4);
  CHECK(history["mae"].back() < 0.05);
  CHECK(model.weight("kernel").current().item() == doctest::Approx(3).epsilon(0.02));
  CHECK(model.weight("bias").current().item() == doctest::Approx(-2).epsilon(0.02));
}

TEST_CASE("a batch that is cut gives the loss and the gradients of the whole batch, dropout included") {
  set_random_seed(5);
  const Tensor x = random_normal({64, 288, 1}, 0, 1, {.dtype = DType::float64});
  set_default_dtype(DType::float64);
  const Sequential model = autoencoder();
  set_default_dtype(DType::float32);
  REQUIRE(micro_batches(model, {{None, 288, 1}}, 64, true, false).size() > 4);
  const Tensors before = model.get_weights();
  const double rate = 0.5;
  model.compile({.optimizer = SGD({.learning_rate = rate}), .loss = "mse"});
  const double loss = model.train_on_batch(x, x)["loss"];
  const Tensors after = model.get_weights();

  model.set_weights(before);
  GradientTape tape;
  const Tensor whole = mean(square(subtract(model(x, {.training = true, .step = 0}), x)));
  const std::vector<Tensor> gradients = tape.gradient(whole, model.trainable_variables());
  CHECK(loss == doctest::Approx(whole.item()).epsilon(1e-12));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::vector<double> g = gradients[i].to_vector(), w0 = before[i].to_vector(),
                              w1 = after[i].to_vector();
    for (std::size_t k = 0; k < g.size(); ++k) CHECK(std::abs((w0[k] - w1[k]) / rate - g[k]) < 1e-12);
  }
}

TEST_CASE("penalties of weights and of activities are part of the loss, once, however the batch is cut") {
  const Sequential model({Input({.shape = {1}}),
      Dense({.units = 1,
          .kernel_regularizer = [](const Tensor& w) { return multiply(sum(square(w)), 0.5); },
          .activity_regularizer = "l2"})});
  model.set_weights({Tensor{{2}}, Tensor{1}});
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  // y = 2 x + 1 is 3 and 5: squares against 0 have mean 17, activity 0.01 * 34 / 2, kernel 0.5 * 4
  CHECK(model.train_on_batch(Tensor{{1}, {2}}, Tensor{{0}, {0}})["loss"] == doctest::Approx(17 + 0.17 + 2));
  // dL/dw = mean(2 y x) + 0.01 * mean(2 y x) + w = 13 * 1.01 + 2
  CHECK(model.weight("kernel").current().item() == doctest::Approx(2 - 0.1 * (13 * 1.01 + 2)));
}

TEST_CASE("validation takes the last samples, before they are shuffled") {
  const Sequential model = line_model();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mse"});
  const Tensor x = {{0}, {0}, {0}, {4}},
               y = {{0.25}, {0.25}, {0.25}, {0.25}};  // wrong by 2 in the last sample only
  const History history =
      model.fit(x, y, {.batch_size = 2, .epochs = 2, .verbose = 0, .validation_split = 0.25});
  CHECK(history["loss"] == std::vector<double>{0, 0});
  CHECK(history["val_loss"][1] == doctest::Approx(4));
  const History given = model.fit(x, y, {.verbose = 0, .validation_data = ValidationData{x, y, {}}});
  CHECK(given["val_loss"][0] == doctest::Approx(1));
  CHECK(given["loss"][0] == doctest::Approx(1));
}

TEST_CASE("the loss of an epoch is the mean over its samples, also when the last batch is short") {
  const Sequential model = line_model();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mae"});
  const Tensor x = {{0}, {0}, {0}}, y = {{1.25}, {1.25}, {4.25}};
  CHECK(model.fit(x, y, {.batch_size = 2, .verbose = 0})["loss"][0] == doctest::Approx((1 + 1 + 4) / 3.0));
  CHECK(model.evaluate(x, y, {.batch_size = 2})["loss"] == doctest::Approx(2));
}

TEST_CASE("sample weights and class weights count in the loss") {
  const Sequential model = line_model();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mse"});
  const Tensor x = {{0}, {0}}, y = {{0}, {1}};  // squares 1/16 and 9/16
  CHECK(model.fit(x, y, {.verbose = 0, .sample_weight = Tensor{2, 0}})["loss"][0] ==
        doctest::Approx(2.0 / 16 / 2));
  CHECK(model.fit(x, y, {.verbose = 0, .class_weight = {{0, 1.0}, {1, 2.0}}})["loss"][0] ==
        doctest::Approx(19.0 / 16 / 2));
}

TEST_CASE("equal seeds give equal trainings, other seeds others") {
  const auto run = [](std::uint64_t seed) {
    set_random_seed(seed);
    const Sequential model({Input({.shape = {4}}), Dense({.units = 8, .activation = "tanh"}),
        Dropout({.rate = 0.5}), Dense({.units = 4})});
    const Tensor x = random_normal({50, 4});
    model.compile({.optimizer = Adam(), .loss = "mse"});
    model.fit(x, x, {.batch_size = 8, .epochs = 3, .verbose = 0});
    return all_weights(model);
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("EarlyStopping waits, stops, and restores the best weights") {
  const Sequential model = line_model();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mse"});
  const EarlyStopping stopping({.monitor = "loss", .patience = 2, .restore_best_weights = true});
  const Tensor x = {{1}}, y = {{0}};
  // From outside the bias is moved away in each epoch after the second: the loss is best in epoch 1.
  const LambdaCallback meddle({.on_epoch_begin = [&](const Model& m, Index epoch) {
    m.set_weights({Tensor{{0}}, Tensor{epoch == 1 ? 0.5 : 1.0 + static_cast<double>(epoch)}});
  }});
  const History history = model.fit(x, y, {.epochs = 10, .verbose = 0, .callbacks = {meddle, stopping}});
  CHECK(history.epoch() == std::vector<Index>{0, 1, 2, 3});
  CHECK(stopping.stopped_epoch() == 3);
  CHECK(stopping.best_epoch() == 1);
  CHECK(model.weight("bias").current().item() == 0.5);
  CHECK_THROWS_WITH_AS(EarlyStopping({.mode = "least"}),
      "ValueError: EarlyStopping: mode must be auto, min or max (received mode=\"least\")", ValueError);
}

TEST_CASE("ModelCheckpoint writes weights that can be loaded, each epoch or only the best") {
  const auto folder = std::filesystem::temp_directory_path() / "xtape_test_checkpoint";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const Sequential model = line_model();
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  const Tensor x = {{1}, {2}}, y = {{1}, {2}};
  const ModelCheckpoint each({.filepath = (folder / "w{epoch:02d}.npz").string()});
  const ModelCheckpoint best(
      {.filepath = (folder / "best.npz").string(), .monitor = "loss", .save_best_only = true});
  model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {each, best}});
  for (const char* name : {"w01.npz", "w02.npz", "w03.npz", "best.npz"})
    CHECK(std::filesystem::exists(folder / name));
  const std::vector<double> trained = all_weights(model);
  const Sequential other = line_model();
  other.load_weights(folder / "w03.npz");
  CHECK(all_weights(other) == trained);
  const Sequential wider({Input({.shape = {2}}), Dense({.units = 1})});
  const std::vector<double> before = all_weights(wider);
  CHECK_THROWS_AS(wider.load_weights(folder / "w03.npz"), ValueError);
  CHECK(all_weights(wider) == before);
  CHECK_THROWS_AS(other.load_weights(folder / "absent.npz"), ValueError);
  CHECK_THROWS_AS(ModelCheckpoint({.filepath = "weights.h5"}), ValueError);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a path's places are filled from the logs") {
  const Logs logs{{"loss", 0.12345}, {"val_loss", 2}};
  CHECK(format_path("w.{epoch:03d}-{loss:.2f}-{val_loss}.npz", 6, logs) == "w.007-0.12-2.npz");
  CHECK_THROWS_AS(format_path("{accuracy}", 0, logs), ValueError);
  CHECK_THROWS_AS(format_path("{loss:%n}", 0, logs), ValueError);
}

TEST_CASE("TerminateOnNaN ends a training that diverged") {
  const Sequential model = line_model();
  model.compile(
      {.optimizer = SGD({.learning_rate = std::numeric_limits<double>::infinity()}), .loss = "mse"});
  const History history = model.fit(Tensor{{1}, {2}, {3}}, Tensor{{1}, {2}, {3}},
      {.batch_size = 1, .epochs = 5, .verbose = 0, .callbacks = {TerminateOnNaN()}});
  CHECK(history.epoch().size() == 1);
}

TEST_CASE("predict gives every sample's output in order, whatever the threads") {
  const Threads scope(2);
  const Sequential model = autoencoder();
  const Tensor x = random_normal({50, 288, 1});
  const Tensor all = model.predict(x);
  CHECK(all.shape() == Shape{50, 288, 1});
  for (const Index i : {0, 17, 49}) {
    const std::vector<double> one = model(x.rows(i, i + 1)).to_vector(), row = all.rows(i, i + 1).to_vector();
    for (std::size_t k = 0; k < one.size(); ++k) CHECK(one[k] == doctest::Approx(row[k]).epsilon(1e-4));
  }
}

TEST_CASE("fit refuses what does not fit together and says so") {
  const Sequential model = line_model();
  const Tensor x = zeros({4, 1}), y = zeros({4, 1});
  CHECK_THROWS_AS(model.fit(x, y), StateError);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK_THROWS_WITH_AS(model.fit(x, zeros({3, 1}), {.verbose = 0}),
      "ValueError: fit: y must have as many samples as x, 4 (received float32 (3, 1))", ValueError);
  CHECK_THROWS_WITH_AS(model.fit(x, y, {.batch_size = 0, .verbose = 0}),
      "ValueError: fit: batch_size must be at least 1 (received batch_size=0)", ValueError);
  CHECK_THROWS_WITH_AS(model.fit(x, y, {.verbose = 0, .validation_split = 1.5}),
      "ValueError: fit: validation_split must lie in [0, 1) (received validation_split=1.5)", ValueError);
  CHECK_THROWS_AS(model.fit(x, y, {.verbose = 3}), ValueError);
  CHECK_THROWS_AS(model.fit(zeros({0, 1}), zeros({0, 1}), {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.fit(zeros({4, 2}), y, {.verbose = 0}), ValueError);
  const History none = model.fit(x, y, {.epochs = 0, .verbose = 0});
  CHECK(none.epoch().empty());
  CHECK_THROWS_AS(none["loss"], ValueError);
}
