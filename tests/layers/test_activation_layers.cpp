// ELU, LeakyReLU, PReLU, ReLU, Softmax, ActivityRegularization: what their arguments do.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/activation_layers.hpp>
#include <xtape/layers/activity_regularization.hpp>
#include <xtape/layers/prelu.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;
const Tensor x = {-2.0, -0.5, 0.0, 1.0, 3.0};

Tensor booleans(const std::vector<bool>& values, const Shape& shape) { return Tensor::from(values, shape); }

}  // namespace

TEST_CASE("ReLU has a slope below its threshold and a greatest value") {
  CHECK(ReLU()(x).to_vector() == Values{0, 0, 0, 1, 3});
  CHECK(ReLU({.max_value = 2})(x).to_vector() == Values{0, 0, 0, 1, 2});
  CHECK(ReLU({.negative_slope = 0.5, .threshold = 1})(x).to_vector() == Values{-1.5, -0.75, -0.5, 0, 3});
  CHECK_THROWS_WITH_AS(ReLU({.max_value = -1}),
      "ValueError: ReLU: max_value must not be negative (received max_value=-1)", ValueError);
  CHECK_THROWS_AS(ReLU({.negative_slope = -1}), ValueError);
  CHECK_THROWS_AS(ReLU({.threshold = std::numeric_limits<double>::quiet_NaN()}), ValueError);
}

TEST_CASE("LeakyReLU and ELU do less to negative values") {
  CHECK(LeakyReLU({.negative_slope = 0.5})(x).to_vector() == Values{-1, -0.25, 0, 1, 3});
  CHECK(LeakyReLU()(x).to_vector()[0] == doctest::Approx(-0.6));
  CHECK(make_layer("LeakyReLU", {{"alpha", 0.5}})->get_config()["negative_slope"] == 0.5);
  CHECK_THROWS_AS(LeakyReLU({.negative_slope = -0.5}), ValueError);
  CHECK(ELU({.alpha = 2})(x).to_vector()[0] == doctest::Approx(2 * std::expm1(-2.0)));
}

TEST_CASE("PReLU has a slope for each place, or one along shared_axes") {
  const PReLU own({.alpha_initializer = "ones"});
  CHECK(own(Tensor{{-1, 2}, {3, -4}}).to_vector() == Values{-1, 2, 3, -4});
  CHECK(own.alpha().shape() == Shape{2});
  const PReLU shared({.shared_axes = 1});
  shared(ones({2, 3, 4}));
  CHECK(shared.alpha().shape() == Shape{1, 4});
  shared.set_weights({Tensor{{0, 1, 2, 3}}});
  CHECK(shared(full({1, 1, 4}, -1)).to_vector() == Values{0, -1, -2, -3});
  CHECK(shared.get_config()["shared_axes"] == Json::array({1}));
  CHECK(own.get_config()["shared_axes"] == nullptr);
  CHECK_THROWS_AS(shared(ones({2, 3, 5})), ValueError);
  CHECK_THROWS_AS(PReLU({.shared_axes = {1, 3}})(ones({2, 3, 4})), ValueError);
  CHECK_THROWS_AS(PReLU({.shared_axes = 0})(ones({2, 3, 4})), ValueError);
  CHECK_THROWS_AS(PReLU().build(Shape{None, None, 4}), ValueError);
  PReLU({.shared_axes = 1}).build(Shape{None, None, 4});
}

TEST_CASE("Softmax sums to 1 along its axes, over what a mask leaves") {
  const Tensor logits = {{std::log(1.0), std::log(3.0)}, {std::log(2.0), std::log(4.0)}};
  const auto close = [](const Tensor& y, const Values& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(y.to_vector()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  };
  close(Softmax()(logits), {1 / 4.0, 3 / 4.0, 2 / 6.0, 4 / 6.0});
  close(Softmax({.axis = 0})(logits), {1 / 3.0, 3 / 7.0, 2 / 3.0, 4 / 7.0});
  close(Softmax({.axis = {0, 1}})(logits), {0.1, 0.3, 0.2, 0.4});
  const Tensor mask = booleans({true, false, false, false}, {2, 2});
  close(Softmax()(logits, {.masks = {mask}}), {1, 0, 0, 0});
  close(Softmax({.axis = {0, 1}})(logits, {.masks = {booleans({true, true, false, true}, {2, 2})}}),
      {1 / 8.0, 3 / 8.0, 0, 4 / 8.0});
  CHECK_THROWS_AS(Softmax({.axis = 2})(logits), ValueError);
}

TEST_CASE("ActivityRegularization adds a penalty for each sample and changes nothing") {
  const ActivityRegularization layer({.l1 = 0.5, .l2 = 2});
  const Tensor input = {{1, -2}, {3, 0}};
  CHECK(layer(input).to_vector() == input.to_vector());
  REQUIRE(layer.losses().size() == 1);
  CHECK(layer.losses()[0].item() == doctest::Approx((0.5 * 6 + 2 * 14) / 2));
  CHECK_THROWS_AS(ActivityRegularization({.l1 = -1}), ValueError);
}
