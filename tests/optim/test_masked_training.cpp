// Masks in training: what a loss is a mean of, and that it does not depend on how the batch is split.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/losses/regression.hpp>

#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/fit.hpp>

using namespace xtape;

namespace {

const Tensor values = {{1, 2, 4}, {8, 16, 32}};
const Tensor mask = Tensor::from(std::vector<bool>{true, false, true, false, false, true}, {2, 3});
const Tensor weight = {3.0, 5.0};

double reduced(Reduction reduction, const Tensor& w = {}, const Tensor& m = mask) {
  return reduce_weighted_values(values, w, reduction, m).item();
}

}  // namespace

TEST_CASE("under a mask a sum leaves steps out, and a mean is one over those that are left") {
  CHECK(reduced(Reduction::sum) == 37);
  CHECK(reduced(Reduction::mean) == doctest::Approx(37.0 / 3));
  CHECK(reduced(Reduction::sum_over_batch_size) == doctest::Approx(37.0 / 3));
  CHECK(reduced(Reduction::mean_with_sample_weight) == doctest::Approx(37.0 / 3));
  CHECK(reduce_weighted_values(values, {}, Reduction::none, mask).to_vector() ==
        std::vector<double>{1, 0, 4, 0, 0, 32});
}

TEST_CASE("a mask and weights multiply") {
  CHECK(reduced(Reduction::sum, weight) == 3 * 5 + 5 * 32);
  CHECK(reduced(Reduction::sum_over_batch_size, weight) == doctest::Approx(175.0 / 3));
  CHECK(reduced(Reduction::mean_with_sample_weight, weight) == doctest::Approx(175.0 / (3 + 3 + 5)));
}

TEST_CASE("where a mask leaves nothing, the loss is 0") {
  const Tensor nothing = Tensor::from(std::vector<bool>(6, false), {2, 3});
  for (const Reduction r : {Reduction::sum, Reduction::mean, Reduction::mean_with_sample_weight})
    CHECK(reduced(r, {}, nothing) == 0);
}

namespace {

constexpr Index samples = 64, steps = 500;

/// Sequences of different lengths, filled up with zeros.
Tensor sequences() {
  const Tensor x =
      random_uniform({samples, steps, 2}, 0.5, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  const Tensor length =
      random_uniform({samples, 1, 1}, 1, steps, {.key = RandomKey{2}, .dtype = DType::float64});
  const Tensor step = arange(0, steps, 1, DType::float64).view_as({1, steps, 1});
  return multiply(x, cast(less(step, length), DType::float64));
}

Sequential masked_model(bool with_activity_loss) {
  Dense::Config output{.units = 1, .kernel_initializer = "ones", .dtype = DType::float64};
  if (with_activity_loss) output.activity_regularizer = regularizers::L2({.l2 = 0.1});
  return Sequential(
      {Input({.shape = {steps, 2}, .dtype = DType::float64}), Masking({.dtype = DType::float64}),
          Dense({.units = 8, .activation = "tanh", .kernel_initializer = "ones", .dtype = DType::float64}),
          Dense(output)});
}

/// The loss of the whole batch, without any splitting.
Tensor whole_loss(const Sequential& model, const std::string& reduction, const Tensor& x, const Tensor& y,
    const Tensor& w) {
  std::vector<Tensor> found;
  Tensors masks;
  const Tensor y_pred = model(x, {.losses = &found, .output_masks = &masks});
  Tensor loss = MeanSquaredError({.reduction = reduction})(y, y_pred, w, masks.at(0));
  for (const Tensor& term : found) loss = add(loss, term);
  return loss;
}

}  // namespace

TEST_CASE("a step on a masked batch is the same however the batch is split") {
  const Tensor x = sequences();
  const Tensor y = random_normal({samples, steps, 1}, 0, 1, {.key = RandomKey{3}, .dtype = DType::float64});
  const Tensor weights = random_uniform({samples}, 0, 2, {.key = RandomKey{4}, .dtype = DType::float64});
  for (const bool with_activity_loss : {false, true})
    for (const char* reduction : {"sum", "mean", "sum_over_batch_size", "mean_with_sample_weight"})
      for (const Tensor& w : {Tensor(), weights}) {
        CAPTURE(reduction);
        const Sequential model = masked_model(with_activity_loss);
        REQUIRE(micro_batches(model, {{None, steps, 2}}, samples, true, false).size() > 1);
        GradientTape tape;
        const Tensor expected = whole_loss(model, reduction, x, y, w);
        const Tensors gradients = tape.gradient(expected, model.trainable_variables());
        const Tensors before = model.get_weights();
        const double rate = 1e-3;
        model.compile(
            {.optimizer = SGD({.learning_rate = rate}), .loss = MeanSquaredError({.reduction = reduction})});
        CHECK(model.test_on_batch(x, y, w)["loss"] == doctest::Approx(expected.item()).epsilon(1e-12));
        CHECK(model.train_on_batch(x, y, w)["loss"] == doctest::Approx(expected.item()).epsilon(1e-12));
        for (std::size_t i = 0; i < before.size(); ++i) {
          const Tensor wanted = subtract(before[i], multiply(gradients[i], rate));
          CHECK(max(abs(subtract(model.get_weights()[i], wanted))).item() < 1e-9);
        }
      }
}

TEST_CASE("metrics that are means leave masked steps out, with and without weights, as in Keras since 3.12") {
  const Sequential model({Masking(), Activation("linear")});
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {"mse"}, .weighted_metrics = {"mae"}});
  const Tensor x = Tensor{2.0, 0.0, 4.0, 0.0}.view_as({2, 2, 1});
  const Tensor y = Tensor{0.0, 1.0, 0.0, 1.0}.view_as({2, 2, 1});
  const Logs without = model.test_on_batch(x, y);
  CHECK(without["loss"] == doctest::Approx(10));
  CHECK(without["mse"] == doctest::Approx((4 + 16) / 2.0));
  CHECK(without["mae"] == doctest::Approx((2 + 4) / 2.0));
  const Logs with = model.test_on_batch(x, y, Tensor{1, 3});
  CHECK(with["mse"] == doctest::Approx((4 + 16) / 2.0));
  CHECK(with["mae"] == doctest::Approx((1 * 2 + 3 * 4) / 4.0));
}
