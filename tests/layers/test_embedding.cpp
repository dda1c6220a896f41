// Embedding: looking numbers up, and what is refused.
#include <doctest/doctest.h>

#include <cstdint>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;
const Tensor table = {{0, 0}, {10, 11}, {20, 21}};

Tensor numbers(const std::vector<std::int32_t>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

}  // namespace

TEST_CASE("each number becomes its row, whatever dtype it has") {
  const Embedding layer({.input_dim = 3, .output_dim = 2, .weights = table});
  const Values expected{20, 21, 0, 0, 10, 11, 20, 21};
  const Tensor x = numbers({2, 0, 1, 2}, {2, 2});
  CHECK(layer(x).shape() == Shape{2, 2, 2});
  CHECK(layer(x).to_vector() == expected);
  CHECK(layer(Tensor::from(std::vector<std::int64_t>{2, 0, 1, 2}, {2, 2})).to_vector() == expected);
  CHECK(layer(Tensor{{2, 0}, {1.7, 2.9}}).to_vector() == expected);
  CHECK(layer(Tensor::from(std::vector<bool>{true, false})).to_vector() == Values{10, 11, 0, 0});
  CHECK(layer(numbers({1}, {})).shape() == Shape{2});
  CHECK(layer.compute_output_shape(Shape{None, None}) == Shape{None, None, 2});
}

TEST_CASE("large numbers are not rounded on the way") {
  const Index large = 16'777'217;  // 2^24 + 1, which float32 does not hold
  const Embedding layer({.input_dim = large + 1,
      .output_dim = 1,
      .embeddings_initializer =
          [](const Shape& shape, DType dtype) {
    const Tensor w = zeros(shape, dtype);
    w.mutable_data<float>()[large] = 5;
    return w;
      },
      .dtype = DType::float32});
  CHECK(layer(full({1}, static_cast<double>(large), DType::float64)).item() == 5);
}

TEST_CASE("a number outside the vocabulary is refused") {
  const Embedding layer({.input_dim = 3, .output_dim = 2, .name = "words"});
  CHECK_THROWS_WITH_AS(layer(numbers({0, 3}, {1, 2})),
      "ValueError: words: the input must hold numbers in [0, 3) (received 3)", ValueError);
  CHECK_THROWS_WITH_AS(layer(numbers({-1, 2}, {1, 2})),
      "ValueError: words: the input must hold numbers in [0, 3) (received -1)", ValueError);
  CHECK_THROWS_AS(layer(Tensor{1e30}), ValueError);
  CHECK(layer(numbers({}, {0, 4})).shape() == Shape{0, 4, 2});
}

TEST_CASE("the gradients of a number that comes several times add up") {
  const Embedding layer({.input_dim = 3, .output_dim = 2});
  GradientTape tape;
  const Tensor y = layer(numbers({2, 0, 2}, {1, 3}));
  CHECK(tape.gradient(y, layer.embeddings()).to_vector() == Values{1, 1, 0, 0, 2, 2});
}

TEST_CASE("with mask_zero the number 0 does not count") {
  Tensors masks;
  const Tensor x = numbers({2, 0, 1, 0}, {2, 2});
  Embedding({.input_dim = 3, .output_dim = 2, .mask_zero = true})(x, {.output_masks = &masks});
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].to_vector() == Values{1, 0, 1, 0});
  const Tensor given = Tensor::from(std::vector<bool>(4, true), {2, 2});
  Embedding({.input_dim = 3, .output_dim = 2})(x, {.masks = {given}, .output_masks = &masks});
  CHECK(masks.empty());
}

TEST_CASE("arguments are checked, and first values may be given") {
  CHECK_THROWS_AS(Embedding({.output_dim = 2}), ValueError);
  CHECK_THROWS_AS(Embedding({.input_dim = 2}), ValueError);
  CHECK_THROWS_AS(Embedding({.input_dim = 2, .output_dim = 2, .weights = table}), ValueError);
  const AnyLayer layer = make_layer("Embedding",
      {{"input_dim", 2}, {"output_dim", 1}, {"weights", Json::array({{1.5}, {2.5}})}, {"input_length", 4}});
  CHECK((*layer)(numbers({1, 0}, {2})).to_vector() == Values{2.5, 1.5});
  CHECK(!layer->get_config().contains("weights"));
}
