// BatchNormalization: its two lives, masks, renormalization, and what changes when.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

Tensor random_input(const Shape& shape, std::uint64_t seed = 1) {
  return random_normal(shape, 2, 3, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

bool are_close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  return a.shape() == b.shape() && (a.size() == 0 || max(abs(subtract(a, b))).item() <= tolerance);
}

BatchNormalization layer64(BatchNormalization::Config config) {
  config.dtype = DType::float64;
  return BatchNormalization(config);
}

}  // namespace

TEST_CASE("training normalizes by the batch, inference by what training saw") {
  const BatchNormalization layer = layer64({.momentum = 0.75, .epsilon = 0.01});
  const Tensor x = random_input({6, 5, 3});
  const Tensor m = mean(x, {0, 1}), v = variance(x, {0, 1});
  CHECK(are_close(layer(x, {.training = true}), (x - m) / sqrt(v + 0.01)));
  CHECK(are_close(layer.moving_mean(), m * 0.25));
  CHECK(are_close(layer.moving_variance(), v * 0.25 + 0.75));
  layer.gamma().assign(Tensor({2.0, 3.0, 4.0}, DType::float64));
  layer.beta().assign(Tensor({-1.0, 0.0, 1.0}, DType::float64));
  const Tensor expected = (x - m * 0.25) / sqrt(v * 0.25 + 0.75 + 0.01) * layer.gamma() + layer.beta();
  CHECK(are_close(layer(x), expected));
  CHECK(are_close(layer.moving_mean(), m * 0.25));
}

TEST_CASE("a frozen BatchNormalization runs in inference mode and does not change") {
  const BatchNormalization layer = layer64({.trainable = false});
  const Tensor x = random_input({4, 3});
  CHECK(are_close(layer(x, {.training = true}), layer(x)));
  CHECK(are_close(layer.moving_mean(), zeros({3}, DType::float64)));
  CHECK(layer.trainable_weights().empty());
  CHECK_FALSE(layer.mixes_samples(true));
  layer.set_trainable(true);
  CHECK(layer.trainable_weights().size() == 2);
  CHECK(layer.mixes_samples(true));
  CHECK_FALSE(layer.mixes_samples(false));
  layer(x, {.training = true});
  CHECK(are_close(layer.moving_mean(), mean(x, 0) * 0.01));
}

TEST_CASE("steps under a mask that is false do not count") {
  const BatchNormalization layer = layer64({.momentum = 0.5});
  const Tensor x = random_input({2, 3, 2});
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, true, false, false, true}, {2, 3});
  const Tensor y = layer(x, {.training = true, .masks = {mask}});
  for (const Index c : {0, 1}) {
    const double seen[] = {x.at({0, 0, c}), x.at({0, 2, c}), x.at({1, 2, c})};
    const double m = (seen[0] + seen[1] + seen[2]) / (3 + 1e-7);
    double v = 0;
    for (const double s : seen) v += (s - m) * (s - m) / (3 + 1e-7);
    CHECK(layer.moving_mean().current().at({c}) == doctest::Approx(m / 2).epsilon(1e-13));
    CHECK(layer.moving_variance().current().at({c}) == doctest::Approx(v / 2 + 0.5).epsilon(1e-13));
    for (const Index n : {0, 1})  // masked steps are normalized as well
      for (const Index t : {0, 1, 2})
        CHECK(y.at({n, t, c}) == doctest::Approx((x.at({n, t, c}) - m) / std::sqrt(v + 1e-3)).epsilon(1e-13));
  }
  CHECK_THROWS_AS(layer(x, {.training = true, .masks = {ones({2})}}), ValueError);
  CHECK(layer.compute_mask({x}, {mask}).at(0).id() == mask.id());
}

TEST_CASE("without bounds, renormalized training is inference with renorm_mean and renorm_stddev") {
  const BatchNormalization layer = layer64({.momentum = 0.75, .renorm = true, .renorm_momentum = 0.5});
  CHECK(layer.get_config()["renorm_clipping"] == Json::object());
  const Tensor x = random_input({8, 2});
  layer.build(x.shape());
  const Tensor at = Tensor({0.5, -0.25}, DType::float64), width = Tensor({2.0, 0.5}, DType::float64);
  layer.weight("renorm_mean").assign(at);
  layer.weight("renorm_stddev").assign(width);
  layer.gamma().assign(Tensor({3.0, 4.0}, DType::float64));
  CHECK(are_close(layer(x, {.training = true}), (x - at) / width * layer.gamma()));
  const Tensor deviation = sqrt(variance(x, 0) + 1e-3);
  CHECK(are_close(layer.weight("renorm_mean"), at * 0.5 + mean(x, 0) * 0.5));
  CHECK(are_close(layer.weight("renorm_stddev"), width * 0.5 + deviation * 0.5));
  CHECK(are_close(layer.moving_mean(), mean(x, 0) * 0.25));
  const Tensor moving = deviation * 0.25 + 0.75;
  CHECK(are_close(layer.weight("moving_stddev"), moving));
  CHECK(are_close(layer.moving_variance(), square(moving) - 1e-3));
}

TEST_CASE("bounds that leave no room make renormalization plain normalization, and pass no gradient") {
  const RenormClipping none{.rmax = 1, .rmin = 1, .dmax = 0};
  const BatchNormalization plain = layer64({}), bounded = layer64({.renorm = true, .renorm_clipping = none});
  const Tensor x = random_input({5, 3}), g = random_input({5, 3}, 2);
  const auto gradient = [&](const BatchNormalization& layer) {
    GradientTape tape;
    tape.watch(x);
    const Tensor y = layer(x, {.training = true});
    return tape.gradient(y, x, {.output_gradients = {g}});
  };
  CHECK(are_close(bounded(x, {.training = true}), plain(x, {.training = true})));
  CHECK(are_close(gradient(bounded), gradient(plain)));
}

TEST_CASE("a batch without samples leaves the moving averages alone") {
  const BatchNormalization layer = layer64({});
  CHECK(layer(zeros({0, 3}), {.training = true}).shape() == Shape{0, 3});
  CHECK(are_close(layer.moving_mean(), zeros({3}, DType::float64)));
  CHECK(are_close(layer.moving_variance(), ones({3}, DType::float64)));
}

TEST_CASE("renorm_clipping goes through configs, and bounds that contradict each other are refused") {
  const Json config = {{"renorm", true}, {"renorm_clipping", {{"rmin", 0.5}, {"dmax", 3}}}};
  const Json out = make_layer("BatchNormalization", config)->get_config();
  CHECK(out["renorm_clipping"] == Json{{"rmin", 0.5}, {"dmax", 3.0}});
  CHECK(out["renorm_momentum"] == 0.99);
  CHECK_THROWS_WITH_AS(BatchNormalization({.renorm = true, .renorm_clipping = {{.rmax = 1, .rmin = 2}}}),
      "ValueError: BatchNormalization: rmax must be at least rmin in renorm_clipping (received rmax=1, "
      "rmin=2)",
      ValueError);
  CHECK_THROWS_WITH_AS(BatchNormalization({.renorm = true, .renorm_clipping = {{.dmax = -1}}}),
      "ValueError: BatchNormalization: dmax must not be negative in renorm_clipping (received dmax=-1)",
      ValueError);
  CHECK_THROWS_WITH_AS(make_layer("BatchNormalization", {{"renorm_clipping", {{"r_max", 2}}}}),
      "ValueError: renorm_clipping: keys must be rmax, rmin or dmax (received \"r_max\")", ValueError);
}

TEST_CASE("an axis that is not there, or of unknown length, is refused") {
  CHECK_THROWS_AS(BatchNormalization({.axis = 2})(ones({4, 3})), ValueError);
  CHECK_THROWS_AS(BatchNormalization({.axis = 2}).compute_output_shape(Shape{4, 3}), ValueError);
  CHECK_THROWS_WITH_AS(BatchNormalization({.name = "bn"}).build(Shape{None, None}),
      "ValueError: bn: axis 1 of the input must have a known length (received shape (None, None))",
      ValueError);
}
