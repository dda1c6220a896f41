// Training layers and models of a user's own, with losses and numbers that they tell of themselves.
#include <doctest/doctest.h>

#include <sstream>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/fit.hpp>

#include "threads.hpp"

using namespace xtape;
using xtape::testing::Threads;

namespace {

/// Rebuilds its input from a code, whose size it keeps small and tells.
class Autoencoder final : public Model {
 public:
  explicit Autoencoder(Index size) : Model("Autoencoder"), decoder_(add_layer(Dense({.units = size}))) {}
  std::string_view type_name() const override { return "Autoencoder"; }

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override {
    const Tensor code = encoder_(x, options), size = mean(square(code));
    options.add_loss(multiply(size, 0.01));
    options.add_metric("code_size", size);
    return decoder_(code, options);
  }

 private:
  Dense encoder_ = add_layer(Dense({.units = 2}));
  Dense decoder_;
};

/// One input, its double and its half.
class TwoHeads final : public Model {
 public:
  TwoHeads() : Model("TwoHeads") {}
  std::string_view type_name() const override { return "TwoHeads"; }

 protected:
  Tensors call_many(const Tensors& x, const CallOptions& options) const override {
    return {first_(x.at(0), options), second_(x[0], options)};
  }

 private:
  Dense first_ = add_layer(Dense({.units = 1, .kernel_initializer = "ones"}));
  Dense second_ = add_layer(Dense({.units = 1, .kernel_initializer = "ones"}));
};

}  // namespace

TEST_CASE("a model of one's own is trained by fit, and learns") {
  set_random_seed(2);
  const Tensor code = random_normal({128, 2}), x = concatenate({code, multiply(code, -1), code}, 1);
  const Autoencoder model(6);
  model.compile({.optimizer = Adam({.learning_rate = 0.05}), .loss = "mse"});
  const History history = model.fit(x, x, {.epochs = 30, .verbose = 0, .validation_split = 0.25});
  CHECK(history["loss"].back() < 0.1 * history["loss"].front());
  CHECK(history["code_size"].size() == 30);
  CHECK(history.contains("val_code_size"));
  CHECK(model.weights().size() == 4);
  CHECK(model.predict(x).shape() == x.shape());
  const double rebuilt = mean(square(subtract(model(x), x))).item(), size = model.evaluate(x, x)["code_size"];
  CHECK(model.evaluate(x, x)["loss"] == doctest::Approx(rebuilt + 0.01 * size));
  CHECK(size == doctest::Approx(mean(square((*model.get_layer(0))(x))).item()));
}

TEST_CASE("the outputs of a model of one's own are counted by its first batch") {
  const TwoHeads model;
  model.compile({.optimizer = SGD({.learning_rate = 0.0}), .loss = {"mse", "mae"}, .metrics = {{}, {"mse"}}});
  const Tensor x = {{1}, {3}};
  const Logs logs = model.train_on_batch(x, {zeros({2, 1}), zeros({2, 1})});
  CHECK(logs["output_1_loss"] == doctest::Approx(5));
  CHECK(logs["output_2_loss"] == doctest::Approx(2));
  CHECK(logs["loss"] == doctest::Approx(7));
  CHECK(model.predict(Tensors{x})[1].to_vector() == std::vector<double>{1, 3});
  CHECK_THROWS_AS(model.predict(x), ValueError);
  model.compile({.loss = {"mse", "mse", "mse"}});
  CHECK_THROWS_AS(model.train_on_batch(x, {x, x}), ValueError);
}

TEST_CASE("a model of one's own may stand in a graph, and is trained with it, whatever the threads") {
  const auto train = [](int threads) {
    const Threads scope(threads);
    set_random_seed(4);
    const auto x = Input({.shape = {400}});
    const Functional model(x, Layer::connect(Autoencoder(400), x));
    const Tensor data = random_normal({512, 400});
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(data, data, {.batch_size = 256, .epochs = 2, .verbose = 0});
    return model.get_weights()[0].to_vector();
  };
  CHECK(train(1) == train(3));
}

TEST_CASE("the summary of a trained model counts the optimizer's numbers too") {
  const auto x = Input({.shape = {4}});
  const Functional model(x, Dense({.units = 2})(x), "m");
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto last_line = [&] {
    std::ostringstream out;
    model.summary(out);
    const std::string text = out.str();
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  CHECK(last_line() == " Non-trainable params: 0 (0.00 B)\n");
  model.train_on_batch(ones({2, 4}), ones({2, 2}));
  CHECK(last_line().starts_with(" Optimizer params: 22 ("));  // two for each of 10, the rate and the step
}
