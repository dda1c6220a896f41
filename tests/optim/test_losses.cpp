#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/metrics/regression.hpp>

using namespace xtape;

TEST_CASE(
    "mean squared and mean absolute error are means over samples, and their gradients agree with the "
    "formula") {
  const Tensor y = {{1, 2}, {3, 5}}, p = {{2, 0}, {3, 9}};
  CHECK(MeanSquaredError()(y, p).item() == doctest::Approx((1 + 4 + 0 + 16) / 4.0));
  CHECK(MeanAbsoluteError()(y, p).item() == doctest::Approx((1 + 2 + 0 + 4) / 4.0));
  GradientTape tape;
  tape.watch(p);
  CHECK(tape.gradient(MeanSquaredError()(y, p), p).to_vector() ==
        std::vector<double>{2 * 1 / 4.0, 2 * -2 / 4.0, 0, 2 * 4 / 4.0});
}

TEST_CASE("sample weights and reductions are Keras's") {
  const Tensor y = {{0, 0}, {0, 0}}, p = {{1, 1}, {2, 2}}, weight = {1, 3};
  const auto loss = [&](const char* reduction) {
    return MeanSquaredError({.reduction = reduction})(y, p, weight);
  };
  CHECK(loss("sum").item() == doctest::Approx(1 + 12));
  CHECK(loss("sum_over_batch_size").item() == doctest::Approx(13 / 2.0));
  CHECK(loss("mean").item() == doctest::Approx(13 / 2.0));
  CHECK(loss("mean_with_sample_weight").item() == doctest::Approx(13 / 4.0));
  CHECK(loss("none").to_vector() == std::vector<double>{1, 12});
  CHECK_THROWS_WITH_AS(MeanSquaredError({.reduction = "average"}),
      "ValueError: Loss: reduction must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight, "
      "none (received \"average\")",
      ValueError);
}

TEST_CASE("a truth of (N,) meets a prediction of (N, 1), and one weight a sample serves all its steps") {
  CHECK(MeanSquaredError()(Tensor{1, 2, 3}, Tensor{{1}, {2}, {5}}).item() == doctest::Approx(4 / 3.0));
  const Tensor y = zeros({2, 3, 1}), p = ones({2, 3, 1});
  CHECK(MeanSquaredError({.reduction = "sum"})(y, p, Tensor{1, 2}).item() == doctest::Approx(9));
  CHECK_THROWS_AS(MeanSquaredError()(zeros({2, 3}), zeros({2, 4})), ValueError);
}

TEST_CASE("a loss may be a name, an object or a function") {
  const Tensor y = {{1}}, p = {{3}};
  CHECK((*AnyLoss("mse"))(y, p).item() == 4);
  CHECK((*AnyLoss("mean_absolute_error"))(y, p).item() == 2);
  CHECK((*AnyLoss(MeanSquaredError()))(y, p).item() == 4);
  const AnyLoss cubed = [](const Tensor& truth, const Tensor& prediction) {
    return multiply(square(subtract(prediction, truth)), abs(subtract(prediction, truth)));
  };
  CHECK((*cubed)(y, p).item() == 8);
  CHECK_THROWS_AS(AnyLoss("mean_cubed_error"), ValueError);
}

TEST_CASE("a metric gathers batches of different sizes, with weights, until it is reset") {
  const metrics::MeanAbsoluteError mae;
  CHECK(mae.result().item() == 0);
  mae.update_state(Tensor{{0}, {0}}, Tensor{{1}, {2}});
  mae.update_state(Tensor{{0}}, Tensor{{6}});
  CHECK(mae.result().item() == doctest::Approx(3));
  const metrics::MeanAbsoluteError same = mae;  // NOLINT: a copy is the same metric
  same.reset_state();
  CHECK(mae.result().item() == 0);
  mae.update_state(Tensor{{0}, {0}}, Tensor{{1}, {2}}, Tensor{3, 1});
  CHECK(mae.result().item() == doctest::Approx(5 / 4.0));
}
