#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/concatenate.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/cropping1d.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/layers/zero_padding1d.hpp>
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/fit.hpp>

#include "autoencoder.hpp"
#include "property.hpp"
#include "sanitizers.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

/// New models compute in float64 while it lives.
struct Double {
  Double() { set_default_dtype(DType::float64); }
  ~Double() { set_default_dtype(DType::float32); }
};

Tensor signal(Index samples, Index steps, Index channels = 1) {
  return random_normal({samples, steps, channels}, 0, 1, {.dtype = DType::float64});
}

/// An encoder and a decoder with strides, kernels and padding of many kinds, and a way around them. Its length is a multiple of
/// its strides.
Functional draw_model(const Draw& draw, Index steps) {
  const auto kernel = [&] { return draw.number(1, 9); };
  const KerasTensors x = Input({.shape = {draw.coin() ? steps : None, 2}});
  const Index s = draw.number(1, 3), t = draw.number(1, 2);
  KerasTensors h = Conv1D({.filters = 16,
      .kernel_size = kernel(),
      .strides = s,
      .padding = draw.coin() ? "same" : "causal",
      .activation = "tanh"})(x);
  h = Conv1D(
      {.filters = 16, .kernel_size = kernel(), .strides = t, .padding = "same", .activation = "softmax"})(h);
  h = Conv1DTranspose({.filters = 16, .kernel_size = kernel(), .strides = t, .padding = "same"})(h);
  h = Conv1DTranspose(
      {.filters = 24, .kernel_size = kernel(), .strides = s, .padding = "same", .activation = "tanh"})(h);
  const KerasTensors joined = Concatenate()({x, h});
  return Functional(
      x, Conv1D({.filters = 2, .kernel_size = kernel(), .padding = draw.coin() ? "same" : "valid"})(joined));
}

std::vector<MicroBatch> windows_of(const Model& model, Index steps, Index channels, Index batch = 1) {
  return micro_batches(model, {{None, steps, channels}}, batch, true, true);
}

/// The error of the mean over a sample, which is not a mean of any errors of its steps.
class ErrorOfMean final : public Loss {
 public:
  ErrorOfMean() : Loss("error_of_mean", Reduction::sum_over_batch_size) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return square(subtract(mean(y_true, {1, 2}), mean(y_pred, {1, 2})));
  }
  std::string_view type_name() const override { return "ErrorOfMean"; }
  Json get_config() const override { return {}; }
};

/// Takes steps away from short inputs alone, which its reach does not tell.
class Fickle final : public Layer {
 public:
  Fickle() : Layer("Fickle") {}
  std::string_view type_name() const override { return "Fickle"; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor call(const Tensor& x, const CallOptions&) const override {
    return x.dim(1) > 50'000 ? x : slice(x, 1, 0, x.dim(1) - 100);
  }
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(absolute(subtract(a, b))).item();
}

}  // namespace

TEST_CASE("windows share the steps of the output among them, and those of the input that decide them") {
  const Sequential model = autoencoder(None);
  model.build(Shape{None, 288, 1});
  for (const Index steps : {Index{8192}, Index{40'000}, Index{1} << 18, Index{100'002}, Index{99'999}}) {
    CAPTURE(steps);
    const std::vector<MicroBatch> parts = windows_of(model, steps, 1, 2);
    REQUIRE(parts.size() > 2);
    REQUIRE(parts.size() % 2 == 0);
    const Index outputs = model.compute_output_shape(Shape{None, steps, 1})[1];
    for (std::size_t k = 0; k < parts.size(); ++k) {
      REQUIRE(parts[k].window);
      const MicroBatch::Window& w = *parts[k].window;
      const bool begins = k % (parts.size() / 2) == 0, ends = (k + 1) % (parts.size() / 2) == 0;
      CHECK(parts[k].first == (k < parts.size() / 2 ? 0 : 1));
      CHECK(parts[k].last == parts[k].first + 1);
      CHECK(w.outputs == outputs);
      CHECK(w.first_output == (begins ? 0 : parts[k - 1].window->last_output));
      if (begins) CHECK(w.first == 0);
      if (ends) CHECK((w.last == steps && w.last_output == outputs));
      CHECK((w.first % 4 == 0 && (steps - w.last) % 4 == 0));
      CHECK(w.last - w.first < w.last_output - w.first_output + 80);
    }
  }
  for (const Index steps : {Index{288}, Index{2000}}) CHECK(windows_of(model, steps, 1).size() == 1);
  // Each window would read 2 MB of weights, and make as many gradients.
  const Sequential heavy({Input({.shape = {None, 256}}), Conv1D({.filters = 256, .kernel_size = 9})});
  CHECK(windows_of(heavy, 8192, 256).size() == 1);
}

TEST_CASE("what is computed in windows is what is computed in one piece") {
  const Double precision;
  set_random_seed(3);
  check_property("predictions, losses, metrics, gradients", has_sanitizer() ? 3 : 12,
      [](const Draw& draw) -> std::string {
        const Index steps = 12 * draw.number(1000, 2000), samples = draw.number(1, 2);
        const Functional model = draw_model(draw, steps);
        if (windows_of(model, steps, 2, samples).size() <= static_cast<std::size_t>(2 * samples))
          return "not cut";
        const Tensor x = signal(samples, steps, 2), whole = model(x),
                     y = random_normal(whole.shape(), 0, 1, {.dtype = DType::float64});
        if (largest_difference(model.predict(x), whole) > 1e-12) return "another prediction";

        const AnyLoss loss_function = std::vector<AnyLoss>{"mse", "log_cosh",
            MeanSquaredError({.reduction = "sum"}), CosineSimilarity(),
            Huber({.reduction = "mean_with_sample_weight"})}[static_cast<std::size_t>(draw.number(0, 4))];
        const double weight = draw.coin() ? 1 : 0.25;
        model.compile({.optimizer = SGD({.learning_rate = 1.0}),
            .loss = loss_function,
            .loss_weights = weight,
            .metrics = {"mae"}});
        GradientTape tape;
        const Tensor loss = multiply((*loss_function)(y, model(x, {.training = true})), weight);
        const Tensors gradients = tape.gradient(loss, model.trainable_variables()),
                      before = model.get_weights();
        const double error = mean(absolute(subtract(whole, y))).item();
        const Logs tested = model.evaluate(x, y, {.verbose = 0}), trained = model.train_on_batch(x, y);
        const double tolerance = 1e-12 * std::max(1.0, std::abs(loss.item()));
        for (const Logs& logs : {tested, trained}) {
          if (std::abs(logs["loss"] - loss.item()) > tolerance) return "another loss";
          if (std::abs(logs["mae"] - error) > 1e-12) return "another metric";
        }
        const Tensors after = model.get_weights();
        for (std::size_t i = 0; i < after.size(); ++i)
          if (largest_difference(subtract(before[i], after[i]), gradients[i]) > 10 * tolerance)
            return "another gradient";
        return "";
      });
}

TEST_CASE("each window drops elements of its own, as many as ever, the same for any number of threads") {
  const Index steps = 100'000;
  const Sequential model(
      {Input({.shape = {None, 1}}), Conv1D({.filters = 32, .kernel_size = 1, .use_bias = false}),
          Dropout({.rate = 0.25, .seed = 1}), Conv1D({.filters = 1, .kernel_size = 1, .use_bias = false})});
  REQUIRE(windows_of(model, steps, 1).size() > 2);
  // y = x * (number of channels kept) / (32 * 0.75), so that the gradient of the second kernel counts what each one keeps.
  model.set_weights({ones({1, 1, 32}), full({1, 32, 1}, 1.0 / 32)});
  const Tensor x = ones({1, steps, 1}), y = zeros({1, steps, 1});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mae"});
  CHECK(model.train_on_batch(x, y)["loss"] == doctest::Approx(1).epsilon(1e-3));

  const Index length = has_sanitizer() ? 16'000 : 100'000;
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2, 3, 8}) {
    const Threads scope(threads);
    set_random_seed(8);
    const Sequential trained = autoencoder(length);
    REQUIRE(windows_of(trained, length, 1).size() > 2);
    trained.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
    const Tensor noise = random_normal({1, length, 1});
    for (int i = 0; i < 3; ++i) trained.train_on_batch(noise, noise);
    results.push_back(all_weights(trained));
  }
  for (const auto& result : results) CHECK((result == results[0]));
}

TEST_CASE("an epoch over long samples in any order sees each of them whole") {
  const Double precision;
  set_random_seed(5);
  const Sequential model({Input({.shape = {None, 1}}),
      Conv1D({.filters = 32, .kernel_size = 5, .padding = "same", .activation = "tanh"}),
      Conv1D({.filters = 1, .kernel_size = 5, .padding = "same"})});
  const Tensor x = signal(3, 30'000), y = signal(3, 30'000);
  REQUIRE(windows_of(model, 30'000, 1, 3).size() > 6);
  model.compile({.optimizer = SGD({.learning_rate = 0.5}), .loss = "mse"});
  const Tensors before = model.get_weights();
  model.train_on_batch(x, y);
  const Tensors expected = model.get_weights();
  for (const bool shuffle : {false, true}) {
    model.set_weights(before);
    model.fit(x, y, {.batch_size = 3, .epochs = 1, .verbose = 0, .shuffle = shuffle});
    const Tensors after = model.get_weights();
    for (std::size_t i = 0; i < after.size(); ++i) CHECK(largest_difference(after[i], expected[i]) < 1e-12);
  }
  // One by one the order shows.
  int as_they_stand = 0;
  for (int i = 0; i < 6; ++i) {
    std::vector<std::vector<double>> ends;
    for (const bool shuffle : {false, true}) {
      model.set_weights(before);
      model.fit(x, y, {.batch_size = 1, .epochs = 1, .verbose = 0, .shuffle = shuffle});
      ends.push_back(all_weights(model));
    }
    as_they_stand += ends[0] == ends[1];
  }
  CHECK(as_they_stand < 6);
}

TEST_CASE("samples are not cut for losses that may look at all steps, or are weighted") {
  const Double precision;
  set_random_seed(6);
  const Index steps = 30'000;
  const Sequential model({Input({.shape = {None, 1}}),
      Conv1D({.filters = 32, .kernel_size = 5, .padding = "same", .activation = "tanh"}),
      Conv1D({.filters = 1, .kernel_size = 5, .padding = "same"})});
  const Tensor x = signal(2, steps), whole = model(x), ends = multiply(x, 0);
  REQUIRE(windows_of(model, steps, 1, 2).size() > 4);
  const ErrorOfMean error_of_mean;
  const auto function = [&](const Tensor& y, const Tensor& y_pred) { return error_of_mean.call(y, y_pred); };
  for (const AnyLoss& loss : {AnyLoss(error_of_mean), AnyLoss(function)}) {
    model.compile({.optimizer = "sgd", .loss = loss});
    CHECK(model.evaluate(x, ends, {.verbose = 0})["loss"] ==
          doctest::Approx(mean(square(mean(whole, {1, 2}))).item()).epsilon(1e-12));
  }
  const Tensor weights{1.0, 3.0};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor errors = mean(square(subtract(whole, ends)), {1, 2});
  CHECK(model.evaluate(x, ends, {.verbose = 0, .sample_weight = weights})["loss"] ==
        doctest::Approx(mean(multiply(errors, weights)).item()).epsilon(1e-12));
  const Tensor by_step = random_uniform({2, steps}, 0, 1, {.dtype = DType::float64});
  CHECK(model.evaluate(x, ends, {.verbose = 0, .sample_weight = by_step})["loss"] ==
        doctest::Approx(mean(multiply(mean(square(whole), -1), by_step)).item()).epsilon(1e-12));
}

TEST_CASE("truths of another length than the outputs are refused, as they are for short samples") {
  const Sequential model = autoencoder(None);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  for (const Index steps : {Index{400}, Index{100'000}}) {
    const Tensor x = ones({1, steps, 1});
    const Tensors before = model.is_built() ? model.get_weights() : Tensors();
    for (const Index others : {steps - 4, steps + 4})
      CHECK_THROWS_AS(model.train_on_batch(x, ones({1, others, 1})), ValueError);
    CHECK_THROWS_AS(model.train_on_batch(ones({1, steps, 2}), ones({1, steps, 2})), ValueError);
    model.train_on_batch(x, x);
  }
}

TEST_CASE("what would make a window too short, or is no reach of any model, is computed in one piece") {
  const Double precision;
  const auto conv = [](Index filters, Index kernel_size) {
    return Conv1D({.filters = filters, .kernel_size = kernel_size, .activation = "tanh"});
  };
  const auto padding = [](Index before) { return ZeroPadding1D({.padding = {before, 0}}); };
  const Sequential models[] = {
      Sequential({Input({.shape = {None, 2}}), conv(32, 5), padding(3500), conv(2, 1)}),
      Sequential({Input({.shape = {None, 2}}), Cropping1D({.cropping = {400, 0}}), padding(3900), conv(55, 5),
          conv(2, 5)})};
  for (const Sequential& model : models)
    for (Index steps = 6994; steps < 30'000; steps += 1753) {
      CAPTURE(steps);
      const Tensor x = signal(1, steps, 2);
      CHECK(largest_difference(model.predict(x), model(x)) < 1e-12);
    }
  const KerasTensors x = Input({.shape = {20'000, 16}});
  const Functional folded(x, LayerNormalization({.axis = 3})(Reshape({.target_shape = {100, 200, 16}})(x)));
  const Tensor many = signal(1, 20'000, 16);
  CHECK(largest_difference(folded.predict(many), folded(many)) < 1e-12);
  CHECK_THROWS_AS(folded.predict(TensorList{many, many}), ValueError);
}

TEST_CASE("long samples of another length than the model's input are refused, as short ones are") {
  const auto message_of = [](const Model& model, Index steps) -> std::string {
    try {
      model.predict(ones({1, steps, 1}));
    } catch (const ValueError& e) {
      return e.what();
    }
    return "";
  };
  const Index steps = 100'000;
  const Sequential row = autoencoder(steps);
  const KerasTensors x = Input({.shape = {steps, 1}});
  const Functional graph(x, Conv1D({.filters = 1, .kernel_size = 3, .padding = "same"})(
                                Conv1D({.filters = 64, .kernel_size = 3, .padding = "same"})(x)));
  for (const Model* model : {static_cast<const Model*>(&row), static_cast<const Model*>(&graph)}) {
    REQUIRE(windows_of(*model, steps, 1).size() > 2);
    CHECK(message_of(*model, steps).empty());
    CHECK(message_of(*model, steps - 4).find("must have shape (None, 100000, 1)") != std::string::npos);
  }
  const Sequential around({Input({.shape = {None, 1}}), graph});
  CHECK(message_of(around, steps).empty());
  CHECK(message_of(around, steps - 4).find("must have shape (None, 100000, 1)") != std::string::npos);
}

TEST_CASE("a layer that gives less for a window than its reach says is found out") {
  const Sequential model({Input({.shape = {None, 1}}), Conv1D({.filters = 64, .kernel_size = 1}), Fickle()});
  const Tensor x = ones({1, 100'000, 1});
  REQUIRE(windows_of(model, 100'000, 1).size() > 2);
  CHECK(model(x).dim(1) == 100'000);
  CHECK_THROWS_AS(model.predict(x), StateError);
}

TEST_CASE("a long sample takes little more memory than a short one") {
  const auto bytes_for = [](Index steps) {
    buffer_pool::release();
    const std::int64_t before = buffer_pool::statistics().held_bytes;
    const Threads scope(1);
    const Sequential model = autoencoder(steps);
    model.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor x = ones({1, steps, 1});
    for (int i = 0; i < 3; ++i) model.train_on_batch(x, x);
    model.predict(x);
    return buffer_pool::statistics().held_bytes - before;
  };
  const Index short_one = 1 << 14, long_one = has_sanitizer() ? 1 << 16 : 1 << 19;
  // A step of the activations alone takes 344 bytes. What grows is the signal, the prediction and its gradient.
  CHECK(bytes_for(long_one) - bytes_for(short_one) < 20 * long_one);
}
