// Flatten and Reshape.
#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/reshape.hpp>

using namespace xtape;

TEST_CASE("Flatten keeps the batch and joins all other axes, in the order of channels_last") {
  const Tensor x = reshape(arange(0, 12), {2, 2, 3});
  CHECK(Flatten()(x).shape() == Shape{2, 6});
  CHECK(Flatten()(x).to_vector() == x.to_vector());
  CHECK(Flatten()(arange(0, 3)).shape() == Shape{3, 1});
  const Flatten first({.data_format = "channels_first"});
  CHECK(first(x).to_vector() == std::vector<double>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11});
  CHECK(first.compute_output_shape(Shape{None, 3, 4, 5}) == Shape{None, 60});
  CHECK(first.compute_output_shape(Shape{None, None, 4}) == Shape{None, None});
  CHECK_THROWS_AS(Flatten({.data_format = "channels"}), ValueError);
}

TEST_CASE("Reshape works out one length, and refuses what does not fit") {
  const Reshape layer({.target_shape = {-1, 2}, .name = "r"});
  CHECK(layer(ones({2, 3, 4})).shape() == Shape{2, 6, 2});
  CHECK(layer(ones({0, 3, 4})).shape() == Shape{0, 6, 2});
  CHECK(layer.compute_output_shape(Shape{None, None, 4}) == Shape{None, None, 2});
  CHECK_THROWS_WITH_AS(layer(ones({2, 3})),
      "ValueError: r: the number of elements must stay the same (received shape (2, 3), target_shape=[-1,2])",
      ValueError);
  CHECK(Reshape({.target_shape = {}})(ones({3, 1})).shape() == Shape{3});
  CHECK_THROWS_AS(Reshape({.target_shape = {5, 2}})(ones({2, 3, 4})), ValueError);
  CHECK_THROWS_WITH_AS(Reshape({.target_shape = {-1, -1}}),
      "ValueError: Reshape: target_shape may hold -1 once (received it 2 times)", ValueError);
  CHECK_THROWS_WITH_AS(Reshape({.target_shape = {-2}}),
      "ValueError: Reshape: target_shape must hold lengths or -1 (received target_shape=[-2])", ValueError);
}
