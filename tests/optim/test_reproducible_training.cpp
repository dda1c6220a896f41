// Results do not depend on the number of threads, on the run, or on what is printed: bit for bit.
#include <doctest/doctest.h>

#include <iostream>
#include <sstream>
#include <string>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/fit.hpp>

#include "autoencoder.hpp"
#include "sanitizers.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

/// Everything that a training gives.
struct Results {
  std::vector<double> weights, losses, evaluated, predicted;
  bool operator==(const Results&) const = default;
};

/// Fifty steps (with sanitizers ten) with dropout, shuffling, a short last batch and validation.
Results train(int threads, Verbose verbose = 0) {
  const Threads scope(threads);
  set_random_seed(3);
  const Tensor x = random_normal({90, 288, 1});
  const Sequential model = autoencoder();
  model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {"mae"}});
  const Index epochs = has_sanitizer() ? 2 : 10;
  const History history =
      model.fit(x, x, {.batch_size = 17, .epochs = epochs, .verbose = verbose, .validation_split = 0.1});
  Results results{all_weights(model), history["val_loss"], {}, model.predict(x).to_vector()};
  const Logs logs = model.evaluate(x, x);
  for (const auto& [name, value] : logs.entries()) results.evaluated.push_back(value);
  return results;
}

/// What goes to std::cout in a scope.
class Printed {
 public:
  Printed() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Printed() { std::cout.rdbuf(before_); }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "weights, losses and predictions of fifty steps are the same for any number of threads, and in each "
    "run") {
  const Results one = train(1);
  REQUIRE(!one.losses.empty());
  for (const int threads : {1, 2, 3, 8}) {
    CAPTURE(threads);
    const bool is_same = train(threads) == one;  // not printed: these are thousands of numbers
    CHECK(is_same);
  }
}

TEST_CASE("what fit prints changes nothing of what it computes") {
  const Results quiet = train(2);
  for (const int verbose : {1, 2}) {
    CAPTURE(verbose);
    const Printed out;
    const bool is_same = train(2, verbose) == quiet;
    CHECK(is_same);
    CHECK(contains(out.text(), verbose == 1 ? "5/5 ━━━━━━━━━━━━━━━━━━━━ " : " - 5/5 - "));
    CHECK(contains(out.text(), " - val_loss: "));
  }
}

TEST_CASE(
    "without validation and shuffling, and with the smaller batches of a small model, threads change nothing "
    "either") {
  const auto losses = [](int threads) {
    const Threads scope(threads);
    set_random_seed(4);
    const Tensor x = random_normal({12, 64, 1});
    const Sequential model = autoencoder(64);
    model.compile({.optimizer = Adam(), .loss = "mae"});
    return model.fit(x, x, {.batch_size = 5, .epochs = 4, .verbose = 0, .shuffle = false})["loss"];
  };
  const std::vector<double> one = losses(1);
  for (const int threads : {2, 3, 8}) CHECK(losses(threads) == one);
}

TEST_CASE("one step on one long sample, whose kernels use the threads, is the same for any number of them") {
  const auto weights = [](int threads) {
    const Threads scope(threads);
    set_random_seed(5);
    const Tensor x = random_normal({1, 1 << 14, 1});
    const Sequential model = autoencoder(1 << 14);
    model.compile({.optimizer = Adam(), .loss = "mse"});
    model.train_on_batch(x, x);
    return all_weights(model);
  };
  const std::vector<double> one = weights(1);
  for (const int threads : {2, 3, 8}) {
    const bool is_same = weights(threads) == one;
    CHECK(is_same);
  }
}

TEST_CASE("one tape over a whole batch gives the same gradient for any number of threads") {
  set_random_seed(6);
  const Tensor x = random_normal({64, 288, 1});
  const Sequential model = autoencoder();
  const auto gradient = [&](int threads) {
    const Threads scope(threads);
    GradientTape tape;
    const Tensor y = model(x, {.training = true, .step = 0});
    const Tensor loss = mean(square(subtract(y, x)));
    std::vector<double> out = loss.to_vector();
    for (const Tensor& g : tape.gradient(loss, model.trainable_variables()))
      for (const double value : g.to_vector()) out.push_back(value);
    return out;
  };
  const std::vector<double> one = gradient(1);
  for (const int threads : {2, 3, 8}) {
    const bool is_same = gradient(threads) == one;
    CHECK(is_same);
  }
}
