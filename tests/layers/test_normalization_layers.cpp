// The normalization layers but BatchNormalization, against plain loops and closed forms.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/linalg.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/group_normalization.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/normalization.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/rms_normalization.hpp>
#include <xtape/layers/spectral_normalization.hpp>
#include <xtape/layers/unit_normalization.hpp>

using namespace xtape;

namespace {

Tensor random_input(const Shape& shape, std::uint64_t seed = 1) {
  return random_normal(shape, 1, 2, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

bool are_close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  return a.shape() == b.shape() && (a.size() == 0 || max(abs(subtract(a, b))).item() <= tolerance);
}

}  // namespace

TEST_CASE(
    "gamma and beta of a LayerNormalization lie along its axes, in the order in which they were given") {
  const LayerNormalization layer({.axis = {2, 1}, .epsilon = 0.5, .dtype = DType::float64});
  const Tensor x = random_input({2, 3, 4});
  layer.build(x.shape());
  CHECK(layer.gamma().shape() == Shape{4, 3});
  layer.gamma().assign(random_input({4, 3}, 2));
  layer.beta().assign(random_input({4, 3}, 3));
  const Tensor y = layer(x);
  for (const Index n : {0, 1}) {
    double m = 0, v = 0;
    for (Index i = 0; i < 12; ++i) m += x.at({n, i / 4, i % 4}) / 12;
    for (Index i = 0; i < 12; ++i) v += std::pow(x.at({n, i / 4, i % 4}) - m, 2) / 12;
    for (Index i = 0; i < 12; ++i) {  // the weights' elements are taken in order, as Keras reshapes them
      const double gamma = layer.gamma().current().at({i / 3, i % 3}),
                   beta = layer.beta().current().at({i / 3, i % 3});
      const double expected = (x.at({n, i / 4, i % 4}) - m) / std::sqrt(v + 0.5) * gamma + beta;
      CHECK(y.at({n, i / 4, i % 4}) == doctest::Approx(expected).epsilon(1e-12));
    }
  }
}

TEST_CASE("rms_scaling divides by the deviation and leaves the mean") {
  const LayerNormalization layer(
      {.epsilon = 0.1, .scale = false, .rms_scaling = true, .dtype = DType::float64});
  const Tensor x = random_input({3, 5});
  CHECK(are_close(layer(x), x / sqrt(variance(x, -1, true) + 0.1)));
  REQUIRE(layer.weights().size() == 1);
  CHECK(layer.weights()[0].name() == "gamma");
}

TEST_CASE("an axis given as a list stays a list in the config") {
  CHECK(LayerNormalization({.axis = {1}}).get_config()["axis"] == Json::array({1}));
  CHECK(LayerNormalization({.axis = 1}).get_config()["axis"] == 1);
  CHECK(make_layer("UnitNormalization", {{"axis", {-1}}})->get_config()["axis"] == Json::array({-1}));
  CHECK_THROWS_AS(LayerNormalization({.axis = {1, -1}})(ones({2, 3})), ValueError);
  CHECK_THROWS_AS(make_layer("LayerNormalization", {{"axis", nullptr}}), ValueError);
}

TEST_CASE("group normalization agrees with loops over samples and groups, wherever the channels are") {
  for (const Index axis : {-1, 1, -2, 2}) {
    CAPTURE(axis);
    const Tensor x = random_input({2, 6, 4});
    const Index at = axis < 0 ? axis + 3 : axis, channels = x.dim(at), groups = 2, per = channels / groups;
    const GroupNormalization layer(
        {.groups = groups, .axis = axis, .epsilon = 0.01, .dtype = DType::float64});
    layer.build(x.shape());
    layer.gamma().assign(random_input({channels}, 2));
    const Tensor y = layer(x);
    const auto entry = [&](const Tensor& t, Index n, Index channel, Index step) {
      return at == 1 ? t.at({n, channel, step}) : t.at({n, step, channel});
    };
    const Index steps = x.size() / 2 / channels;
    for (Index n = 0; n < 2; ++n)
      for (Index g = 0; g < groups; ++g) {
        double m = 0, v = 0;
        const auto count = static_cast<double>(steps * per);
        for (Index c = g * per; c < (g + 1) * per; ++c)
          for (Index t = 0; t < steps; ++t) m += entry(x, n, c, t) / count;
        for (Index c = g * per; c < (g + 1) * per; ++c)
          for (Index t = 0; t < steps; ++t) v += std::pow(entry(x, n, c, t) - m, 2) / count;
        for (Index c = g * per; c < (g + 1) * per; ++c)
          for (Index t = 0; t < steps; ++t)
            CHECK(entry(y, n, c, t) == doctest::Approx((entry(x, n, c, t) - m) / std::sqrt(v + 0.01) *
                                                       layer.gamma().current().at({c}))
                                           .epsilon(1e-12));
      }
  }
}

TEST_CASE("groups must divide the channels") {
  const auto build = [](Index groups, const Shape& shape) {
    GroupNormalization({.groups = groups, .name = "g"}).build(shape);
  };
  CHECK_NOTHROW(build(-1, {None, 3, 5}));
  CHECK_THROWS_WITH_AS(build(2, {4, 3}),
      "ValueError: g: groups must divide the channels (received groups=2, shape (4, 3))", ValueError);
  CHECK_THROWS_AS(build(6, {4, 3}), ValueError);
  CHECK_THROWS_AS(build(1, {4, None}), ValueError);
  CHECK_THROWS_AS(GroupNormalization({.groups = 0}), ValueError);
  CHECK_THROWS_AS(GroupNormalization({.groups = 1, .axis = 0}).build(Shape{4, 3}), ValueError);
}

TEST_CASE("RMSNormalization divides by the root mean square over any axes") {
  const Tensor x = random_input({2, 3, 4});
  const RMSNormalization last({.dtype = DType::float64}),
      middle({.axis = 1, .epsilon = 0.5, .dtype = DType::float64});
  CHECK(are_close(last(x), x / sqrt(mean(square(x), -1, true) + 1e-6)));
  middle.build(x.shape());
  middle.scale().assign(Tensor({1.0, 2.0, 3.0}, DType::float64));
  CHECK(are_close(middle(x), x / sqrt(mean(square(x), 1, true) + 0.5) * reshape(middle.scale(), {3, 1})));
  const RMSNormalization both({.axis = {-1, 1}});
  both.build(x.shape());
  CHECK(both.scale().shape() == Shape{3, 4});
}

TEST_CASE("vectors get length 1, and the vector 0 stays") {
  const UnitNormalization layer({.dtype = DType::float64});
  CHECK(are_close(layer(Tensor{{3.0, 4.0}, {0.0, 0.0}}), {{0.6, 0.8}, {0.0, 0.0}}, 1e-7));
  const Tensor x = random_input({2, 3, 4});
  const Tensor y = UnitNormalization({.axis = {1, 2}, .dtype = DType::float64})(x);
  CHECK(are_close(norm(y, 2, {1, 2}), ones({2}, DType::float64)));
}

TEST_CASE("the kernel's largest singular value becomes 1") {
  const Dense dense({.units = 3, .name = "inside", .dtype = DType::float64});
  const SpectralNormalization layer({.layer = dense, .power_iterations = 200, .dtype = DType::float64});
  const Tensor x = random_input({2, 4});
  layer.build(x.shape());
  const Tensor kernel = random_input({4, 3}, 2), u = layer.vector_u().current().detached();
  dense.kernel().assign(kernel);
  CHECK(are_close(layer(x), matmul(x, kernel)));  // inference leaves it
  CHECK(are_close(layer.vector_u(), u));
  const Tensor y = layer(x, {.training = true});
  const double ratio = kernel.at({0, 0}) / dense.kernel().current().at({0, 0});
  CHECK(are_close(dense.kernel() * ratio, kernel));
  CHECK(are_close(y, matmul(x, dense.kernel())));
  // The largest singular value of W is the root of the largest eigenvalue of W^T W: det(W^T W - ratio^2) is 0.
  const Tensor gram = matmul(kernel, kernel, {.transpose_a = true});
  CHECK(std::abs(det(gram - eye(3, 3, 0, DType::float64) * (ratio * ratio)).item()) <
        1e-8 * std::abs(det(gram).item()));
  CHECK(det(gram - eye(3, 3, 0, DType::float64) * (ratio * ratio * 1.5)).item() <
        0);  // and there is no larger one
}

TEST_CASE("one power iteration is what it says") {
  const Dense dense({.units = 2, .use_bias = false, .dtype = DType::float64});
  const SpectralNormalization layer({.layer = dense, .dtype = DType::float64});
  layer.build(Shape{None, 2});
  dense.kernel().assign(Tensor({{2.0, 0.0}, {0.0, 1.0}}, DType::float64));
  layer.vector_u().assign(Tensor({{0.6, 0.8}}, DType::float64));
  layer(zeros({1, 2}), {.training = true});
  const double v[] = {1.2 / std::hypot(1.2, 0.8), 0.8 / std::hypot(1.2, 0.8)};
  const double length = std::hypot(2 * v[0], v[1]), u[] = {2 * v[0] / length, v[1] / length};
  CHECK(layer.vector_u().current().at({0, 0}) == doctest::Approx(u[0]).epsilon(1e-14));
  CHECK(layer.vector_u().current().at({0, 1}) == doctest::Approx(u[1]).epsilon(1e-14));
  CHECK(dense.kernel().current().at({0, 0}) ==
        doctest::Approx(2 / (2 * v[0] * u[0] + v[1] * u[1])).epsilon(1e-14));
}

TEST_CASE("a SpectralNormalization wraps what has a kernel, and leaves kernels of zeros alone") {
  const SpectralNormalization zero({.layer = Dense({.units = 2, .kernel_initializer = "zeros"})});
  CHECK(are_close(zero(ones({1, 2}), {.training = true}), zeros({1, 2})));
  const SpectralNormalization conv({.layer = Conv1D({.filters = 2, .kernel_size = 3}), .name = "outer"});
  CHECK(conv(ones({1, 5, 1}), {.training = true}).shape() == Shape{1, 3, 2});
  CHECK(conv.weight("vector_u").shape() == Shape{1, 2});
  CHECK(conv.weight("kernel").path().starts_with("outer/conv1d"));
  CHECK(conv.mixes_samples(true));
  CHECK_THROWS_AS(SpectralNormalization({.layer = Flatten()})(ones({1, 2})), ValueError);
  CHECK_THROWS_AS(SpectralNormalization({}), ValueError);
  CHECK_THROWS_AS(SpectralNormalization({.layer = Dense({.units = 1}), .power_iterations = 0}), ValueError);
}

TEST_CASE("Normalization learns mean and variance from data, whole or in batches") {
  const Tensor data = {{0.0, 7.0, 4.0}, {2.0, 9.0, 6.0}, {0.0, 7.0, 4.0}, {2.0, 9.0, 6.0}};
  const Normalization whole, batches;
  whole.adapt(data);
  batches.adapt({data.rows(0, 1), data.rows(1, 4)});
  for (const Normalization* layer : {&whole, &batches}) {
    CHECK(are_close((*layer)(Tensor{{0.0, 7.0, 4.0}}), {{-1.0, -1.0, -1.0}}, 1e-6));
    CHECK(are_close(layer->mean(), {{1.0, 8.0, 5.0}}, 1e-6));
  }
  CHECK(whole.weights().size() == 3);
  CHECK(whole.trainable_weights().empty());

  const Tensor x = random_input({7, 3, 2});
  const Normalization features({.axis = {1, 2}, .dtype = DType::float64});
  features.adapt({x.rows(0, 2), x.rows(2, 6), x.rows(6, 7)});
  CHECK(are_close(features.mean(), mean(x, 0, true)));
  CHECK(are_close(features.variance(), variance(x, 0, true)));
  CHECK(are_close(features(x), (x - mean(x, 0)) / sqrt(variance(x, 0))));

  const Normalization everything({.axis = {}, .dtype = DType::float64});
  everything.adapt(Tensor({1.0, 2.0, 3.0, 4.0, 5.0}, DType::float64));
  CHECK(are_close(
      everything(Tensor({1.0, 3.0}, DType::float64)), Tensor({-std::sqrt(2.0), 0.0}, DType::float64)));
  CHECK_THROWS_AS(whole.adapt(ones({2, 4})), ValueError);
  CHECK_THROWS_AS(whole.adapt(Tensors{}), ValueError);
  CHECK_THROWS_AS(whole.adapt(ones({0, 3})), ValueError);
}

TEST_CASE("Normalization takes mean and variance, goes back with invert, and has a floor for deviations") {
  const Normalization scalar({.mean = 3.0, .variance = 2.0, .dtype = DType::float64});
  const Tensor x = {{1.0}, {2.0}, {3.0}};
  CHECK(are_close(scalar(x), (cast(x, DType::float64) - 3) / std::sqrt(2.0)));
  CHECK(scalar.weights().empty());

  const Normalization there({.mean = {0.1, 0.2}, .variance = {4.0, 9.0}, .dtype = DType::float64});
  const Normalization back(
      {.mean = {0.1, 0.2}, .variance = {4.0, 9.0}, .invert = true, .dtype = DType::float64});
  const Tensor values = random_input({4, 2});
  CHECK(are_close(back(there(values)), values));
  CHECK(there.get_config()["mean"] == Json{0.1, 0.2});
  CHECK(there.get_config()["axis"] == Json::array({-1}));
  CHECK(Normalization({.axis = {}}).get_config()["axis"] == Json::array());

  // The last axis of the numbers is that of the last axis kept.
  const Normalization right({.axis = {1, 2}, .mean = {1.0, 2.0}, .variance = {1.0, 1.0}});
  CHECK(are_close(right(zeros({1, 2, 2})), {{{-1.0, -2.0}, {-1.0, -2.0}}}));

  CHECK(Normalization({.mean = 0.0, .variance = 0.0})(Tensor{{1.0}}).item() == doctest::Approx(1e7));
  CHECK_THROWS_AS(Normalization({.mean = 1.0}), ValueError);
  CHECK_THROWS_AS(Normalization({.mean = {1.0, 2.0}, .variance = 1.0}), ValueError);
  CHECK_THROWS_AS(Normalization({.axis = {}, .mean = {1.0}, .variance = {1.0}}), ValueError);
  CHECK_THROWS_AS(there(ones({2, 3})), ValueError);
  CHECK_THROWS_AS(Normalization().build(Shape{4, None}), ValueError);
  CHECK_THROWS_AS(scalar.adapt(x), ValueError);
  CHECK_THROWS_AS(Normalization({.mean = 0.0, .variance = 1.0}).build(Shape{4, None}), ValueError);
}
