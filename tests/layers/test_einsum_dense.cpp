// EinsumDense: equal to Dense where they meet, shapes of weights and outputs, and what it refuses.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/einsum_dense.hpp>

using namespace xtape;

namespace {

Tensor random_input(const Shape& shape, std::uint64_t seed = 1) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

struct Shapes2 {
  std::string equation;
  Shape output_shape, input;
  std::optional<std::string> bias_axes;
  Shape kernel, bias, output;
};

}  // namespace

TEST_CASE("it is a Dense for any number of axes") {
  const Dense dense({.units = 3, .activation = "tanh", .dtype = DType::float64});
  const EinsumDense einsum({.equation = "...x,xy->...y",
      .output_shape = {3},
      .activation = "tanh",
      .bias_axes = "y",
      .dtype = DType::float64});
  for (const Shape& shape : {Shape{2, 4}, Shape{2, 5, 4}, Shape{1, 2, 3, 4}}) {
    const Tensor x = random_input(shape);
    dense(x), einsum(x);
    einsum.set_weights(dense.get_weights());
    const auto a = einsum(x).to_vector(), b = dense(x).to_vector();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-13));
  }
}

TEST_CASE("the shapes of kernel, bias and output follow from the equation") {
  const std::vector<Shapes2> cases{
      {"ab,bc->ac", {64}, {None, 32}, "c", {32, 64}, {64}, {None, 64}},
      {"ab,bc->ac", {64}, {None, 32}, {}, {32, 64}, {}, {None, 64}},
      {"abc,cd->abd", {None, 64}, {None, 10, 8}, "d", {8, 64}, {64}, {None, 10, 64}},
      {"abc,cde->abde", {None, 2, 3}, {5, 10, 8}, "de", {8, 2, 3}, {2, 3}, {5, 10, 2, 3}},
      {"abc,cde->abde", {10, 2, 3}, {5, 10, 8}, "d", {8, 2, 3}, {2, 1}, {5, 10, 2, 3}},
      {"abc,cd->adb", {7, 10}, {None, 10, 8}, "d", {8, 7}, {7, 1}, {None, 7, 10}},
      {"abc,bd->acd", {8, 4}, {None, 10, 8}, "cd", {10, 4}, {8, 4}, {None, 8, 4}},
      {"...x,xy->...y", {64}, {None, 3, 32}, "y", {32, 64}, {64}, {None, 3, 64}},
      {"...ab,bc->...ac", {None, 4}, {None, 5, 32}, "ac", {32, 4}, {5, 4}, {None, 5, 4}},
      {"ab...,bc->ac...", {4}, {None, 3, 7, 5}, "c", {3, 4}, {4, 1, 1}, {None, 4, 7, 5}},
      {"ab,ab->ab", {3}, {2, 3}, {}, {2, 3}, {}, {2, 3}},
  };
  for (const Shapes2& c : cases) {
    CAPTURE(c.equation);
    const EinsumDense layer(
        {.equation = c.equation, .output_shape = c.output_shape, .bias_axes = c.bias_axes});
    layer.build(c.input);
    CHECK(layer.kernel().shape() == c.kernel);
    CHECK(layer.weights().size() == (c.bias_axes ? 2U : 1U));
    if (c.bias_axes) CHECK(layer.bias().shape() == c.bias);
    CHECK(layer.compute_output_shape(c.input) == c.output);
    Shape known = c.input;
    if (known[0] == None) known[0] = 2;
    CHECK(c.output.matches(layer(ones(known)).shape()));
  }
}

TEST_CASE("what it computes is the sum that the equation writes") {
  const EinsumDense layer(
      {.equation = "abc,cd->adb", .output_shape = {2, None}, .bias_axes = "d", .dtype = DType::float64});
  const Tensor x = random_input({2, 3, 4});
  layer.build(x.shape());
  layer.bias().assign(random_input({2, 1}, 3));
  const Tensor y = layer(x), kernel = layer.kernel().current().detached();
  for (Index a = 0; a < 2; ++a)
    for (Index b = 0; b < 3; ++b)
      for (Index d = 0; d < 2; ++d) {
        double expected = layer.bias().current().at({d, 0});
        for (Index c = 0; c < 4; ++c) expected += x.at({a, b, c}) * kernel.at({c, d});
        CHECK(y.at({a, d, b}) == doctest::Approx(expected).epsilon(1e-13));
      }
}

TEST_CASE("equations and shapes that do not fit are refused") {
  const auto make = [](const std::string& equation, const Shape& output_shape,
                        const std::optional<std::string>& bias_axes = {}) {
    return EinsumDense(
        {.equation = equation, .output_shape = output_shape, .bias_axes = bias_axes, .name = "e"});
  };
  for (const char* equation : {"", "ab,bc", "ab->ac", "a-b,bc->ac", "ab,bc->...ac", "...ab,bc->ac",
           "a...,bc->ac...", "ab,,bc->ac", "ab, bc->ac", ",ab->ab", "ab,bc->ac->d"})
    CHECK_THROWS_AS(make(equation, {2}), ValueError);
  CHECK_THROWS_WITH_AS(make("ab,bc->acd", {2, 2}),
      "ValueError: EinsumDense: 'd' of the output is neither an axis of the input nor of the kernel "
      "(received "
      "equation=\"ab,bc->acd\")",
      ValueError);
  CHECK_THROWS_AS(make("ab,bcd->ac", {2}), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {2}, "b"), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {2}, ""), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {2, 3}), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {2}).build(Shape{2, None}), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {None}).build(Shape{2, 3}), ValueError);
  CHECK_THROWS_AS(make("ab,bc->ac", {2}).build(Shape{2, 3, 4}), ValueError);
  CHECK_THROWS_AS(make("...b,bc->...c", {2}).build(Shape{3}), ValueError);
  CHECK_THROWS_WITH_AS(make("abc,cd->abd", {5, 2}).build(Shape{None, 4, 3}),
      "ValueError: e: axis 'b' must have one length in the input and in output_shape (received shape (None, "
      "4, 3), "
      "output_shape=(5, 2))",
      ValueError);
}

TEST_CASE("an output_shape may be written as a number, and comes back as a list") {
  const EinsumDense layer({.equation = "ab,bc->ac", .output_shape = {4}});
  CHECK(layer.get_config()["output_shape"] == Json::array({4}));
  CHECK(EinsumDense({.equation = "abc,cd->abd", .output_shape = {None, 4}}).get_config()["output_shape"] ==
        Json::array({nullptr, 4}));
}
