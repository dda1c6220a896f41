// Losses: their formulas at numbers worked out by hand, Keras's rules for weights, masks and reductions, and digits that
// must not be lost.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/optim/losses/circle.hpp>
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/divergence.hpp>
#include <xtape/optim/losses/hinge.hpp>
#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/losses/segmentation.hpp>

using namespace xtape;
using doctest::Approx;

namespace {

Tensor f64(const Tensor& t) { return cast(t, DType::float64); }
Tensor integers(const std::vector<std::int64_t>& values) { return Tensor::from(values); }

/// The first and the second derivative of a loss of one prediction.
struct Derivatives {
  double first, second;
};
Derivatives derivatives(const AnyLoss& loss, const Tensor& y_true, const Tensor& y_pred) {
  GradientTape outer;
  outer.watch(y_pred);
  GradientTape tape;
  tape.watch(y_pred);
  const Tensor value = (*loss)(y_true, y_pred);
  const Tensor first = tape.gradient(value, y_pred);
  return {first.item(), outer.gradient(first, y_pred).item()};
}

}  // namespace

TEST_CASE(
    "a squared and an absolute error are means over samples, and their gradients agree with the formula") {
  const Tensor y = {{1, 2}, {3, 5}}, p = {{2, 0}, {3, 9}};
  CHECK(MeanSquaredError()(y, p).item() == Approx((1 + 4 + 0 + 16) / 4.0));
  CHECK(MeanAbsoluteError()(y, p).item() == Approx((1 + 2 + 0 + 4) / 4.0));
  GradientTape tape;
  tape.watch(p);
  CHECK(tape.gradient(MeanSquaredError()(y, p), p).to_vector() ==
        std::vector<double>{2 * 1 / 4.0, 2 * -2 / 4.0, 0, 2 * 4 / 4.0});
}

TEST_CASE("the other errors between numbers follow their formulas") {
  const Tensor y = f64(Tensor{{1, -2}}), p = f64(Tensor{{1.5, 1}});
  CHECK(MeanAbsolutePercentageError()(y, p).item() == Approx(100 * (0.5 / 1 + 3.0 / 2) / 2));
  CHECK(MeanAbsolutePercentageError()(f64(Tensor{{0}}), f64(Tensor{{1}})).item() == Approx(1e9));
  const double tiny = std::log1p(1e-7);
  CHECK(MeanSquaredLogarithmicError()(y, p).item() ==
        Approx((std::pow(std::log(2.5) - std::log(2), 2) + std::pow(std::log(2) - tiny, 2)) / 2));
  CHECK(LogCosh()(y, p).item() == Approx((std::log(std::cosh(0.5)) + std::log(std::cosh(3.0))) / 2));
  CHECK(Huber()(y, p).item() == Approx((0.5 * 0.25 + (3 - 0.5)) / 2));
  CHECK(Huber({.delta = 4})(y, p).item() == Approx((0.5 * 0.25 + 0.5 * 9) / 2));
  CHECK(Huber().name() == "huber_loss");
  CHECK(KLDivergence()(f64(Tensor{{0.5, 0.5}}), f64(Tensor{{0.25, 0.75}})).item() ==
        Approx(0.5 * std::log(2) + 0.5 * std::log(2 / 3.0)));
  CHECK(Poisson()(f64(Tensor{{2, 0}}), f64(Tensor{{3, 1}})).item() ==
        Approx((3 - 2 * std::log(3) + 1) / 2).epsilon(1e-6));
}

TEST_CASE("a cosine is -1 for one direction, 1 for the opposite, and 0 with a finite gradient for zeros") {
  const Tensor y = f64(Tensor{{3, 4}, {1, 0}, {1, 2}}), p = f64(Tensor{{6, 8}, {-5, 0}, {0, 0}});
  GradientTape tape;
  tape.watch(p);
  const Tensor values = CosineSimilarity({.reduction = "none"})(y, p);
  CHECK(values.at({0}) == Approx(-1));
  CHECK(values.at({1}) == Approx(1));
  CHECK(values.at({2}) == 0);
  CHECK(all(isfinite(tape.gradient(values, p))).item() == 1);
}

TEST_CASE("hinges take zeros and ones as -1 and 1, and other truths as they are") {
  const Tensor p = f64(Tensor{{0.5, -2, 3}});
  const double expected = (0.5 + 3 + 4) / 3.0;  // of 1, 1 and -1
  CHECK(Hinge()(Tensor{{1, 1, 0}}, p).item() == Approx(expected));
  CHECK(Hinge()(Tensor{{1, 1, -1}}, p).item() == Approx(expected));
  CHECK(SquaredHinge()(Tensor{{1, 1, 0}}, p).item() == Approx((0.25 + 9 + 16) / 3));
  CHECK(CategoricalHinge()(Tensor{{0, 0, 1}}, p).item() == Approx(0));
  CHECK(CategoricalHinge()(Tensor{{1, 0, 0}}, p).item() == Approx(3 - 0.5 + 1));
}

TEST_CASE("crossentropies of probabilities follow their formulas") {
  const Tensor t = f64(Tensor{{1, 0}}), p = f64(Tensor{{0.8, 0.3}});
  CHECK(BinaryCrossentropy()(t, p).item() == Approx(-(std::log(0.8) + std::log(0.7)) / 2));
  CHECK(BinaryCrossentropy({.label_smoothing = 0.2})(t, p).item() ==
        Approx(-(0.9 * std::log(0.8) + 0.1 * std::log(0.2) + 0.1 * std::log(0.3) + 0.9 * std::log(0.7)) / 2));
  CHECK(CategoricalCrossentropy()(t, p).item() == Approx(-std::log(0.8 / 1.1)));
  CHECK(SparseCategoricalCrossentropy()(integers({1}), p).item() == Approx(-std::log(0.3 / 1.1)));
  CHECK(BinaryFocalCrossentropy()(t, p).item() == Approx(-(0.04 * std::log(0.8) + 0.09 * std::log(0.7)) / 2));
  CHECK(BinaryFocalCrossentropy({.apply_class_balancing = true})(t, p).item() ==
        Approx(-(0.25 * 0.04 * std::log(0.8) + 0.75 * 0.09 * std::log(0.7)) / 2));
  const Tensor q = f64(Tensor{{0.8, 0.2}});
  CHECK(CategoricalFocalCrossentropy()(t, q).item() == Approx(-0.25 * 0.04 * std::log(0.8)));
  CHECK(
      CategoricalFocalCrossentropy({.alpha = {0.5, 2}})(t, q).item() == Approx(-0.5 * 0.04 * std::log(0.8)));
  CHECK(CategoricalGeneralizedCrossEntropy()(integers({1}), q).item() == Approx((1 - std::sqrt(0.2)) / 0.5));
  CHECK_THROWS_AS(CategoricalGeneralizedCrossEntropy({.q = 1}), ValueError);
}

TEST_CASE("from logits no digit is lost, however large they are") {
  const AnyLoss loss = BinaryCrossentropy({.from_logits = true});
  CHECK((*loss)(f64(Tensor{{1}}), f64(Tensor{{40}})).item() == Approx(std::exp(-40)).epsilon(1e-12));
  CHECK((*loss)(f64(Tensor{{0}}), f64(Tensor{{1000}})).item() == 1000);
  CHECK((*loss)(Tensor{{1}}, Tensor{{20}}).item() == Approx(std::exp(-20)).epsilon(1e-6));  // float32
  const auto [first, second] = derivatives(loss, f64(Tensor{{1}}), f64(Tensor{{40}}));
  CHECK(first == Approx(-std::exp(-40)).epsilon(1e-12));
  CHECK(second == Approx(std::exp(-40)).epsilon(1e-12));
  CHECK(derivatives(loss, f64(Tensor{{1}}), f64(Tensor{{0}})).first == -0.5);
  CHECK(derivatives(loss, f64(Tensor{{1}}), f64(Tensor{{0}})).second == 0.25);
  const Tensor logits = f64(Tensor{{1000, 0, -1000}});
  CHECK(CategoricalCrossentropy({.from_logits = true})(f64(Tensor{{0, 0, 1}}), logits).item() == 2000);
  CHECK(SparseCategoricalCrossentropy({.from_logits = true})(integers({2}), logits).item() == 2000);
}

TEST_CASE("errors near 0 keep their digits, in both dtypes") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor zero = zeros({1, 1}, dtype), small = full({1, 1}, 1e-4, dtype);
    CHECK(LogCosh()(zero, small).item() == Approx(0.5e-8).epsilon(dtype == DType::float32 ? 1e-6 : 1e-8));
    CHECK(derivatives(LogCosh(), zero, small).first == Approx(1e-4).epsilon(1e-6));
    CHECK(derivatives(LogCosh(), zero, small).second == Approx(1).epsilon(1e-6));
    CHECK(LogCosh()(zero, full({1, 1}, 1e4, dtype)).item() == Approx(1e4 - std::log(2)));
  }
  // Of ln(1 - 1e-6) float32 would leave one digit.
  CHECK(BinaryCrossentropy()(Tensor{{0}}, Tensor{{1e-6}}).item() == Approx(1e-6).epsilon(1e-5));
  CHECK(BinaryCrossentropy()(Tensor{{1}}, Tensor{{0}}).item() == Approx(-std::log(1e-7)).epsilon(1e-5));
}

TEST_CASE("overlap losses are numbers for the batch, or for each sample") {
  const Tensor t = f64(Tensor{{1, 0, 1}, {0, 0, 1}}), p = f64(Tensor{{0.5, 0.25, 1}, {0, 1, 0}});
  CHECK(Dice()(t, p).item() == Approx(1 - 2 * 1.5 / (3 + 2.75)));
  CHECK(Dice({.reduction = "none", .axis = {1}})(t, p).to_vector()[1] == Approx(1));
  CHECK(
      Tversky({.alpha = 0.3, .beta = 0.7})(t, p).item() == Approx(1 - 1.5 / (1.5 + 0.3 * 1.25 + 0.7 * 1.5)));
  CHECK(Dice({.axis = {1}}).get_config()["axis"] == Json::array({1}));
  CHECK(Dice({.axis = 1}).get_config()["axis"] == 1);
  CHECK(Dice().get_config()["axis"].is_null());
}

TEST_CASE("the circle loss leaves samples without a partner out of its mean") {
  const Tensor p = f64(Tensor{{1, 0}, {0.6, 0.8}, {0, 1}});
  const Circle loss({.gamma = 1, .margin = 0.4});
  // Distances: d01 = 0.4, d02 = 1, d12 = 0.2; samples 0 and 1 are of one class.
  const auto term = [](double positive, double negative) {
    const double attraction = -(0.4 + positive) * (0.4 - positive),
                 repulsion = (1.4 - negative) * (0.6 - negative);
    return std::log1p(std::exp(attraction + repulsion));
  };
  const double a = term(0.4, 1), b = term(0.4, 0.2);
  const Tensor labels = integers({7, 7, 1});
  CHECK(loss(labels, p).item() == Approx((a + b) / 2));
  const std::vector<double> values = circle(labels, p, {.gamma = 1}).to_vector();
  CHECK(values[0] == Approx(a));
  CHECK(values[1] == Approx(b));
  CHECK(values[2] == 0);
  GradientTape tape;
  tape.watch(p);
  CHECK(all(isfinite(tape.gradient(loss(labels, p), p))).item() == 1);
}

TEST_CASE("reductions and weights are Keras's") {
  const Tensor y = {{0, 0}, {0, 0}}, p = {{1, 1}, {2, 2}}, weight = {1, 3};
  const auto loss = [&](const char* reduction) {
    return MeanSquaredError({.reduction = reduction})(y, p, weight);
  };
  CHECK(loss("sum").item() == Approx(1 + 12));
  CHECK(loss("sum_over_batch_size").item() == Approx(13 / 2.0));
  CHECK(loss("mean").item() == Approx(13 / 2.0));
  CHECK(loss("mean_with_sample_weight").item() == Approx(13 / 4.0));
  CHECK(loss("none").to_vector() == std::vector<double>{1, 12});
  CHECK(MeanSquaredError({.reduction = {}})(y, p, weight).to_vector() == std::vector<double>{1, 12});
  CHECK(MeanSquaredError({.reduction = {}}).get_config()["reduction"].is_null());
  CHECK(MeanSquaredError({.reduction = "mean_with_sample_weight"})(y, p, Tensor{0, 0}).item() == 0);
  CHECK_THROWS_WITH_AS(MeanSquaredError({.reduction = "average"}),
      "ValueError: Loss: reduction must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight, "
      "none (received \"average\")",
      ValueError);
}

TEST_CASE("weights may have the shape of the samples, a column, the steps, or be one number") {
  const Tensor y = zeros({2, 3, 1}), p = ones({2, 3, 1});
  const MeanSquaredError sum({.reduction = "sum"});
  CHECK(sum(y, p, Tensor{1, 2}).item() == 9);
  CHECK(sum(y, p, Tensor{{1}, {2}}).item() == 9);
  CHECK(sum(y, p, Tensor{{1, 2, 3}, {4, 5, 6}}).item() == 21);
  CHECK(sum(y, p, expand_dims(Tensor{{1, 2, 3}, {4, 5, 6}}, -1)).item() == 21);
  CHECK(sum(y, p, 3).item() == 18);
  CHECK(
      sum(Tensor{0, 0}, Tensor{{1}, {1}}, Tensor{{1}, {2}}).item() == 3);  // values (2,) meet weights (2, 1)
  CHECK_THROWS_AS(sum(y, p, Tensor{1, 2, 3}), ValueError);
}

TEST_CASE("an ignored class and a mask leave values out of the mean") {
  const Tensor p = f64(Tensor{{0.5, 0.5}, {0.25, 0.75}, {0.9, 0.1}});
  const SparseCategoricalCrossentropy loss({.ignore_class = -1});
  const Tensor labels = integers({0, -1, 1});
  CHECK(loss(labels, p).item() == Approx(-(std::log(0.5) + std::log(0.1)) / 2));
  CHECK(loss(labels, p, Tensor{1, 5, 3}).item() == Approx(-(std::log(0.5) + 3 * std::log(0.1)) / 2));
  const Tensor mask = Tensor::from(std::vector<bool>{true, true, false});
  CHECK(loss(labels, p, {}, mask).item() == Approx(-std::log(0.5)));
  CHECK(loss(integers({-1, -1, -1}), p).item() == 0);
  GradientTape tape;
  tape.watch(p);
  const std::vector<double> g = tape.gradient(loss(labels, p), p).to_vector();
  CHECK(g[2] == 0);
  CHECK(g[3] == 0);
  CHECK_THROWS_WITH_AS(SparseCategoricalCrossentropy()(labels, p),
      "ValueError: sparse_categorical_crossentropy: y_true must lie in [0, 2) (received -1)", ValueError);
}

TEST_CASE("the classes may stand along any axis") {
  const Tensor p = f64(Tensor{{{0.2, 0.6}, {0.8, 0.4}}});  // (1, classes, steps)
  CHECK(CategoricalCrossentropy({.axis = 1})(f64(Tensor{{{1, 0}, {0, 1}}}), p).item() ==
        Approx(-(std::log(0.2) + std::log(0.4)) / 2));
  CHECK(SparseCategoricalCrossentropy({.axis = 1})(integers({0, 1}).view_as({1, 2}), p).item() ==
        Approx(-(std::log(0.2) + std::log(0.4)) / 2));
  CHECK(SparseCategoricalCrossentropy({.axis = 1})(integers({0, 1}).view_as({1, 1, 2}), p).item() ==
        Approx(-(std::log(0.2) + std::log(0.4)) / 2));
}

TEST_CASE("a truth of (N,) meets a prediction of (N, 1); other shapes are refused") {
  CHECK(MeanSquaredError()(Tensor{1, 2, 3}, Tensor{{1}, {2}, {5}}).item() == Approx(4 / 3.0));
  CHECK(BinaryCrossentropy()(Tensor{1, 0}, Tensor{{0.5}, {0.5}}).item() == Approx(std::log(2)));
  CHECK_THROWS_AS(MeanSquaredError()(zeros({2, 3}), zeros({2, 4})), ValueError);
  CHECK_THROWS_AS(BinaryCrossentropy()(zeros({1, 3}), zeros({2, 3})), ValueError);
  CHECK_THROWS_AS(CategoricalCrossentropy()(integers({1, 0}), zeros({2, 3})), ValueError);
  CHECK_THROWS_AS(SparseCategoricalCrossentropy()(zeros({2, 3}), zeros({2, 3})), ValueError);
  CHECK_THROWS_AS(BinaryCrossentropy({.label_smoothing = 2})(zeros({2, 3}), zeros({2, 3})), ValueError);
}

TEST_CASE("a loss may be a name, an object, a config or a function") {
  const Tensor y = {{1}}, p = {{3}};
  for (const char* name : {"mse", "MSE", "mean_squared_error", "MeanSquaredError"})
    CHECK((*AnyLoss(name))(y, p).item() == 4);
  for (const char* name : {"bce", "BCE", "kld", "KLD", "mae", "MAE", "mape", "MAPE", "msle", "MSLE",
           "logcosh", "log_cosh", "huber", "kl_divergence", "binary_focal_crossentropy", "ctc", "dice"})
    CHECK(static_cast<bool>(AnyLoss(name)));
  CHECK((*AnyLoss(MeanAbsoluteError()))(y, p).item() == 2);
  CHECK((*AnyLoss::from_json(
            {{"class_name", "Huber"}, {"config", {{"delta", 0.5}, {"reduction", nullptr}}}}))(y, p)
            .item() == Approx(0.5 * (2 - 0.25)));
  const AnyLoss cubed = [](const Tensor& truth, const Tensor& prediction) {
    return power(abs(subtract(prediction, truth)), 3);
  };
  CHECK((*cubed)(y, p).item() == 8);
  CHECK(cubed->mixes_samples());
  CHECK_THROWS_AS(AnyLoss("mean_cubed_error"), ValueError);
  CHECK_THROWS_AS(cubed->get_config(), ValueError);
}

TEST_CASE("crossentropy by name is the one that the shapes ask for") {
  const AnyLoss loss = "crossentropy";
  const Tensor p = Tensor{{0.8, 0.2}, {0.4, 0.6}}, one = Tensor{{0.8}, {0.4}};
  CHECK((*loss)(Tensor{1, 0}, one).item() == BinaryCrossentropy()(Tensor{1, 0}, one).item());
  CHECK((*loss)(integers({0, 1}), p).item() == SparseCategoricalCrossentropy()(integers({0, 1}), p).item());
  const Tensor column = integers({0, 1}).view_as({2, 1}), rows = Tensor{{1, 0}, {0, 1}};
  CHECK((*loss)(column, p).item() == SparseCategoricalCrossentropy()(column, p).item());
  CHECK((*AnyLoss("CE"))(rows, p).item() == CategoricalCrossentropy()(rows, p).item());
}

TEST_CASE("a dtype is what truth and prediction are cast to") {
  const Tensor y = f64(Tensor{{1}}), p = f64(Tensor{{1.1}});
  CHECK(MeanSquaredError()(y, p).dtype() == DType::float64);
  CHECK(MeanSquaredError({.dtype = DType::float32})(y, p).dtype() == DType::float32);
  CHECK(MeanSquaredError()(y, integers({3}).view_as({1, 1})).item() == 4);
}

TEST_CASE("every loss gives its config back") {
  for (const auto& entry : loss_registry().entries()) {
    const Json config = entry.make({{"name", "mine"}, {"reduction", "sum"}})->get_config();
    CHECK(config["name"] == "mine");
    CHECK(config["reduction"] == "sum");
    CHECK(entry.make(config)->get_config() == config);
    CHECK(entry.make(Json::object())->type_name() == entry.class_name);
  }
}

TEST_CASE("a batch without samples has the loss 0") {
  CHECK(MeanSquaredError()(zeros({0, 3}), zeros({0, 3})).item() == 0);
  CHECK(SparseCategoricalCrossentropy()(zeros({0}), zeros({0, 3})).item() == 0);
}
