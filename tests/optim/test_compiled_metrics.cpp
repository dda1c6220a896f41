// Losses and metrics in training: what they are called, which weights reach them, and that they see batches as a whole.
#include <doctest/doctest.h>

#include <mutex>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/segmentation.hpp>
#include <xtape/optim/metrics/confusion.hpp>
#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/metrics/regression.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/fit.hpp>

using namespace xtape;
using doctest::Approx;

namespace {

/// y = x
Sequential same(Index units = 1) {
  return Sequential({Dense({.units = units, .kernel_initializer = "identity"})});
}

std::vector<std::string> names(const Logs& logs) {
  std::vector<std::string> out;
  for (const auto& [name, value] : logs.entries()) out.push_back(name);
  return out;
}

const Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2, 1}), zero = zeros({2, 2, 1});

}  // namespace

TEST_CASE("metrics stand in the logs by the name they were asked for, each name once") {
  const Sequential model = same();
  model.compile({.optimizer = SGD(),
      .loss = "mse",
      .metrics = {"mae", "mean_absolute_error", metrics::MeanAbsoluteError(), metrics::MeanAbsoluteError(),
          metrics::Precision({.thresholds = NumberOrList{0.25, 0.5}})},
      .weighted_metrics = {"mae", "mse"}});
  CHECK(names(model.test_on_batch(x, zero)) == std::vector<std::string>{"loss", "mae", "mean_absolute_error",
                                                   "mean_absolute_error_1", "mean_absolute_error_2",
                                                   "precision[0]", "precision[1]", "weighted_mae", "mse"});
}

TEST_CASE("a metric may be a function; Mean, which takes no truths, may not be one of compile's") {
  const Sequential model = same();
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {[](const Tensor& t, const Tensor& p) {
                   return max(abs(subtract(t, p)));
                 }}});
  CHECK(model.test_on_batch(x, zero)["mean_metric_wrapper"] == 4);
  CHECK_THROWS_AS(
      model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {metrics::Mean()}}), ValueError);
}

TEST_CASE("sample weights reach the loss and the weighted metrics, for each sample or each step") {
  const Sequential model = same();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}),
      .loss = "mse",
      .metrics = {"mse"},
      .weighted_metrics = {"mae"}});
  const auto check = [&](const Logs& logs, double loss, double mae) {
    CHECK(logs["loss"] == Approx(loss));
    CHECK(logs["mse"] == Approx(30 / 4.0));
    CHECK(logs["mae"] == Approx(mae));
  };
  check(model.test_on_batch(x, zero), 30 / 4.0, 10 / 4.0);
  check(model.test_on_batch(x, zero, Tensor{1, 3}), (5 + 3 * 25) / 4.0, (1.5 + 3 * 3.5) / 4);
  check(model.train_on_batch(x, zero, Tensor{{1}, {3}}), (5 + 3 * 25) / 4.0, (1.5 + 3 * 3.5) / 4);
  check(model.train_on_batch(x, zero, Tensor{{1, 0}, {0, 2}}), (1 + 2 * 16) / 4.0, (1 + 2 * 4) / 3.0);
  const Logs fitted = model.evaluate(x, zero, {.batch_size = 1, .sample_weight = Tensor{{1, 0}, {0, 2}}});
  check(fitted, (1 / 2.0 + 32 / 2.0) / 2, (1 + 2 * 4) / 3.0);
}

TEST_CASE("class weights count in training alone, and exclude sample weights as in Keras 3") {
  const Sequential model = same();
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mse"});
  const Tensor flat = Tensor{{1}, {2}, {3}, {4}}, y = Tensor{{0}, {1}, {0}, {1}};  // squares 1, 1, 9, 9
  const History history =
      model.fit(flat, y, {.verbose = 0, .validation_split = 0.5, .class_weight = {{1, 3.0}}});
  CHECK(history["loss"][0] == Approx((1 + 3 * 1) / 2.0));
  CHECK(history["val_loss"][0] == Approx((9 + 9) / 2.0));
  CHECK(model.train_on_batch(flat, y, {}, {{0, 0.0}, {1, 1.0}})["loss"] == Approx(10 / 4.0));
  CHECK_THROWS_AS(model.train_on_batch(flat, y, ones({4}), {{0, 1.0}}), ValueError);
  CHECK_THROWS_AS(model.train_on_batch(x, zero, {}, {{0, 1.0}}), ValueError);
  const Sequential rows = same(2);
  rows.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = "mse"});
  CHECK(rows.train_on_batch(Tensor{{0, 0}, {0, 0}}, Tensor{{1, 0}, {0, 1}}, {}, {{1, 5.0}})["loss"] ==
        Approx((0.5 + 5 * 0.5) / 2));
}

namespace {

struct Large {  // a batch that is cut
  Sequential model = Sequential({Input({.shape = {400, 1}, .dtype = DType::float64}),
      Dense({.units = 16, .activation = "tanh", .dtype = DType::float64}),
      Dense({.units = 1, .activation = "sigmoid", .dtype = DType::float64})});
  Tensor x = random_normal({64, 400, 1}, 0, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  Tensor y = cast(
      random_bernoulli({64, 400, 1}, 0.3, {.key = RandomKey{2}, .dtype = DType::boolean}), DType::float64);
};

}  // namespace

TEST_CASE("losses that compare samples, functions, and metrics get whole batches; others are cut") {
  const Large task;
  REQUIRE(micro_batches(task.model, {{None, 400, 1}}, 64, true, false).size() > 1);
  std::mutex guard;
  std::vector<Index> seen;
  const auto spy = [&](const Tensor& t, const Tensor& p) {
    const std::lock_guard lock(guard);
    seen.push_back(t.dim(0));
    return mean(abs(subtract(t, p)));
  };
  task.model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = spy, .metrics = {spy}});
  const Logs logs = task.model.train_on_batch(task.x, task.y);
  CHECK(seen == std::vector<Index>{64, 64});
  CHECK(logs["loss"] == Approx(logs["mean_metric_wrapper"]).epsilon(1e-12));

  const Tensor p = task.model(task.x);
  task.model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = Dice()});
  CHECK(task.model.train_on_batch(task.x, task.y)["loss"] == Approx(Dice()(task.y, p).item()).epsilon(1e-12));
  CHECK(task.model.test_on_batch(task.x, task.y)["loss"] == Approx(Dice()(task.y, p).item()).epsilon(1e-12));
}

TEST_CASE("samples of an ignored class are left out of the batch's mean, however it is cut") {
  const Sequential model({Input({.shape = {400, 1}, .dtype = DType::float64}),
      Dense({.units = 16, .activation = "tanh", .dtype = DType::float64}),
      Dense({.units = 3, .activity_regularizer = "l2", .dtype = DType::float64})});
  const Tensor inputs = random_normal({64, 400, 1}, 0, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  const Tensor uniform = random_uniform({64, 400}, 0, 3, {.key = RandomKey{2}, .dtype = DType::float64});
  const Tensor labels =
      cast(minimum(uniform, multiply(arange(0, 64, 1, DType::float64).view_as({64, 1}), 0.05)),
          DType::int64);  // the first samples are of class 0 alone
  REQUIRE(micro_batches(model, {{None, 400, 1}}, 64, true, false).size() > 1);
  const SparseCategoricalCrossentropy loss({.from_logits = true, .ignore_class = 0});
  model.compile({.optimizer = SGD({.learning_rate = 0.5}), .loss = loss});

  const Tensors before = model.get_weights();
  GradientTape tape;
  std::vector<Tensor> found;
  const Tensor outputs = model(inputs, {.training = true, .losses = &found});
  const Tensor whole = add(loss(labels, outputs), found.at(0));
  const std::vector<Tensor> gradients = tape.gradient(whole, model.trainable_variables());
  CHECK(model.train_on_batch(inputs, labels)["loss"] == Approx(whole.item()).epsilon(1e-12));
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Tensor moved = divide(subtract(before[i], model.get_weights()[i]), 0.5);
    CHECK(max(abs(subtract(moved, gradients[i]))).item() < 1e-12);
  }
}
