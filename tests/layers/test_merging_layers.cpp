// Layers with several inputs: shapes, masks, errors.
#include <doctest/doctest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/concatenate.hpp>
#include <xtape/layers/dot.hpp>
#include <xtape/layers/merging.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;

Tensor bits(const std::vector<bool>& values, const Shape& shape) { return Tensor::from(values, shape); }

/// The result and its mask, None where there is none.
std::pair<Tensor, Tensor> masked(const Layer& layer, const Tensors& inputs, const Tensors& masks) {
  Tensors out;
  const Tensor y = layer(inputs, {.masks = masks, .output_masks = &out}).at(0);
  return {y, out.empty() ? Tensor() : out[0]};
}

const Tensor a = {{{2, 3}, {4, 5}, {6, 7}}}, b = {{{1, 9}, {8, 2}, {3, 3}}};
const Tensor a_mask = bits({true, false, false}, {1, 3}), b_mask = bits({true, true, false}, {1, 3});

}  // namespace

TEST_CASE("merges of three, element by element") {
  const Tensors x{Tensor{{1, 5}}, Tensor{{2, -3}}, Tensor{{6, 1}}};
  CHECK(Add()(x)[0].to_vector() == Values{9, 3});
  CHECK(Average()(x)[0].to_vector() == Values{3, 1});
  CHECK(Maximum()(x)[0].to_vector() == Values{6, 5});
  CHECK(Minimum()(x)[0].to_vector() == Values{1, -3});
  CHECK(Multiply()(x)[0].to_vector() == Values{12, -15});
  CHECK(Subtract()(Tensors{x[0], x[1]})[0].to_vector() == Values{-1, 8});
  CHECK(Add()(Tensors{x[0]})[0].to_vector() == x[0].to_vector());
}

TEST_CASE("samples broadcast, and inputs of lower rank get axes behind the batch") {
  const Tensor matrix = {{1, 2}, {3, 4}}, sequence = ones({2, 3, 2});
  const Tensor y = Add()(Tensors{matrix, sequence})[0];
  CHECK(y.to_vector() == Values{2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5});
  const Add add;
  CHECK(add.compute_output_shape(Shapes{{None, 2}, {None, 3, 2}})[0] == Shape{None, 3, 2});
  CHECK(add.compute_output_shape(Shapes{{None, 3, 1}, {5, 1, 2}})[0] == Shape{5, 3, 2});
  CHECK(add.compute_output_shape(Shapes{{2, None, 4}, {2, 1, 4}})[0] == Shape{2, None, 4});
}

TEST_CASE("inputs that do not fit together are refused") {
  const Add add({.name = "sum"});
  CHECK_THROWS_WITH_AS(add(Tensors{ones({2, 3}), ones({2, 4})}),
      "ValueError: sum: the inputs must broadcast to one shape (received shapes (2, 3), (2, 4))", ValueError);
  CHECK_THROWS_WITH_AS(add(Tensors{ones({2, 3}), ones({1, 3})}),
      "ValueError: sum: the inputs must have the same batch size (received shapes (2, 3), (1, 3))",
      ValueError);
  CHECK_THROWS_AS(add(Tensors{ones({2}), ones({})}), ValueError);
  CHECK_THROWS_AS(Subtract()(Tensors{ones({2}), ones({2}), ones({2})}), ValueError);
  CHECK_THROWS_AS(Subtract()(Tensors{ones({2})}), ValueError);
}

TEST_CASE("a step of a merge counts when it counts in any input, and all inputs have masks") {
  for (const AnyLayer& layer :
      std::vector<AnyLayer>{Add(), Average(), Maximum(), Minimum(), Multiply(), Subtract()}) {
    CAPTURE(layer->name());
    const Tensor mask = masked(*layer, {a, b}, {a_mask, b_mask}).second;
    REQUIRE(mask);
    CHECK(mask.to_vector() == Values{1, 1, 0});
    CHECK(!masked(*layer, {a, b}, {a_mask, {}}).second);
    CHECK(!masked(*layer, {a, b}, {}).second);
  }
}

TEST_CASE("Multiply, Maximum and Minimum leave out what does not count") {
  const Tensors both{a_mask, b_mask}, one{a_mask, {}};
  CHECK(masked(Multiply(), {a, b}, both).first.to_vector() == Values{2, 27, 8, 2, 0, 0});
  CHECK(masked(Multiply(), {a, b}, one).first.to_vector() == Values{2, 27, 8, 2, 3, 3});
  CHECK(masked(Maximum(), {a, b}, both).first.to_vector() == Values{2, 9, 8, 2, 6, 7});
  CHECK(masked(Maximum(), {a, b}, one).first.to_vector() == Values{2, 9, 8, 2, 3, 3});
  CHECK(masked(Minimum(), {a, b}, both).first.to_vector() == Values{1, 3, 8, 2, 6, 7});
  CHECK(masked(Add(), {a, b}, both).first.to_vector() == Values{3, 12, 12, 7, 9, 10});
}

TEST_CASE("Concatenate joins inputs, and their masks where there is one") {
  const Concatenate along_steps({.axis = 1}), along_channels;
  CHECK(along_channels(Tensors{Tensor{{1, 2}}, Tensor{{3}}})[0].to_vector() == Values{1, 2, 3});
  CHECK(along_steps.compute_output_shape(Shapes{{None, 3, 2}, {None, None, 2}})[0] == Shape{None, None, 2});
  CHECK(masked(along_steps, {a, b}, {a_mask, b_mask}).second.to_vector() == Values{1, 0, 0, 1, 1, 0});
  CHECK(masked(along_steps, {a, b}, {{}, b_mask}).second.to_vector() == Values{1, 1, 1, 1, 1, 0});
  CHECK(masked(along_channels, {a, b}, {a_mask, b_mask}).second.to_vector() == Values{1, 1, 0});
  CHECK(!masked(along_channels, {a, b}, {{}, {}}).second);
  CHECK_THROWS_AS(along_steps(Tensors{ones({2, 3, 4}), ones({2, 3, 5})}), ValueError);
  CHECK_THROWS_AS(along_channels(Tensors{ones({2, 3}), ones({2, 3, 1})}), ValueError);
  CHECK_THROWS_AS(Concatenate({.axis = 3})(Tensors{a, b}), ValueError);
  CHECK(Concatenate({.axis = 0})(Tensors{a, b})[0].shape() == Shape{2, 3, 2});
  CHECK(Concatenate({.axis = 0}).mixes_samples(false));
}

TEST_CASE("Dot sums products along an axis of each input, wherever it stands") {
  const Tensor p = random_uniform({2, 3, 4, 5}, -1, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  const Tensor q = random_uniform({2, 6, 4}, -1, 1, {.key = RandomKey{2}, .dtype = DType::float64});
  const Dot layer({.axes = {2, -1}, .dtype = DType::float64});
  const Tensor y = layer(Tensors{p, q})[0];
  REQUIRE(y.shape() == Shape{2, 3, 5, 6});
  for (Index n = 0; n < 2; ++n)
    for (Index i = 0; i < 3; ++i)
      for (Index k = 0; k < 5; ++k)
        for (Index j = 0; j < 6; ++j) {
          double sum = 0;
          for (Index c = 0; c < 4; ++c) sum += p.at({n, i, c, k}) * q.at({n, j, c});
          CHECK(y.at({n, i, k, j}) == doctest::Approx(sum).epsilon(1e-12));
        }
  CHECK(Dot({.axes = 1})(Tensors{Tensor{{1, 2}, {3, 4}}, Tensor{{5, 6}, {7, 8}}})[0].to_vector() ==
        Values{17, 53});
  CHECK(Dot({.axes = 1})(Tensors{ones({2, 3}), ones({2, 3})})[0].shape() == Shape{2, 1});
  CHECK(Dot({.axes = 1}).get_config()["axes"] == 1);
  CHECK(layer.get_config()["axes"] == Json::array({2, -1}));
}

TEST_CASE("a normalized Dot is the cosine of an angle, and 0 for a vector of zeros") {
  const Dot layer({.axes = -1, .normalize = true, .dtype = DType::float64});
  const Tensor u = Tensor::from(Values{3, 4, 0, 0}, {2, 2}), v = Tensor::from(Values{0, 2, 1, 1}, {2, 2});
  CHECK(layer(Tensors{u, v})[0].at({0, 0}) == doctest::Approx(0.8).epsilon(1e-12));
  CHECK(layer(Tensors{u, v})[0].at({1, 0}) == 0);
}

TEST_CASE("Dot refuses axes and inputs that do not fit") {
  CHECK_THROWS_AS(Dot({}), ValueError);
  CHECK_THROWS_AS(Dot({.axes = {1, 2, 3}}), ValueError);
  const Tensors x{ones({2, 3, 4}), ones({2, 4, 5})};
  CHECK(Dot({.axes = {2, 1}})(x)[0].shape() == Shape{2, 3, 5});
  CHECK_THROWS_AS(Dot({.axes = 1})(x), ValueError);
  CHECK_THROWS_AS(Dot({.axes = 0})(x), ValueError);
  CHECK_THROWS_AS(Dot({.axes = 3})(x), ValueError);
  CHECK_THROWS_AS(Dot({.axes = 1})(Tensors{ones({2, 3}), ones({3, 3})}), ValueError);
  CHECK_THROWS_AS(Dot({.axes = 1})(Tensors{ones({2, 3})}), ValueError);
  CHECK_THROWS_AS(Dot({.axes = 1})(Tensors{ones({2}), ones({2})}), ValueError);
}
