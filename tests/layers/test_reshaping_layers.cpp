// Layers that give the same elements another shape, or more and fewer of them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/cropping1d.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/permute.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/repeat_vector.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/up_sampling1d.hpp>
#include <xtape/layers/zero_padding1d.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;
const Tensor steps = {{{1, 2}, {3, 4}, {5, 6}}};

}  // namespace

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

TEST_CASE("UpSampling1D repeats each step") {
  CHECK(UpSampling1D({.size = 2})(steps).to_vector() == Values{1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6});
  CHECK(UpSampling1D().compute_output_shape(Shape{None, None, 2}) == Shape{None, None, 2});
  CHECK_THROWS_AS(UpSampling1D({.size = 0}), ValueError);
  CHECK_THROWS_AS(UpSampling1D()(ones({2, 3})), ValueError);
}

TEST_CASE("Cropping1D takes steps away at both ends") {
  CHECK(Cropping1D()(steps).to_vector() == Values{3, 4});
  CHECK(Cropping1D({.cropping = {0, 2}})(steps).to_vector() == Values{1, 2});
  CHECK(Cropping1D({.cropping = {0, 0}})(steps).to_vector() == steps.to_vector());
  CHECK(Cropping1D({.cropping = {1, 0}}).get_config()["cropping"] == Json::array({1, 0}));
  CHECK_THROWS_WITH_AS(Cropping1D({.cropping = {2, 1}, .name = "c"})(steps),
      "ValueError: c: cropping must leave at least one step (received cropping=(2, 1), shape (1, 3, 2))",
      ValueError);
  CHECK_THROWS_AS(Cropping1D({.cropping = {-1, 1}}), ValueError);
  CHECK_THROWS_AS(Cropping1D({.cropping = {1, 1, 1}}), ValueError);
  CHECK_THROWS_AS(make_layer("Cropping1D", {{"cropping", {1}}}), ValueError);
}

TEST_CASE("ZeroPadding1D puts zeros at both ends") {
  CHECK(ZeroPadding1D({.padding = {2, 1}})(steps).to_vector() == Values{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0});
  const ZeroPadding1D first({.padding = 1, .data_format = "channels_first"});
  CHECK(first(Tensor{{{1, 2}, {3, 4}}}).to_vector() == Values{0, 1, 2, 0, 0, 3, 4, 0});
  CHECK(first.compute_output_shape(Shape{None, 2, None}) == Shape{None, 2, None});
  CHECK_THROWS_AS(ZeroPadding1D({.padding = -1}), ValueError);
  CHECK_THROWS_AS(ZeroPadding1D({.data_format = "first"}), ValueError);
}

TEST_CASE("Permute exchanges the axes of each sample") {
  const Permute layer({.dims = {2, 1}});
  CHECK(layer(steps).shape() == Shape{1, 2, 3});
  CHECK(layer(steps).to_vector() == Values{1, 3, 5, 2, 4, 6});
  CHECK(
      Permute({.dims = {3, 1, 2}}).compute_output_shape(Shape{None, 4, 5, None}) == Shape{None, None, 4, 5});
  CHECK_THROWS_AS(layer(ones({2, 3})), ValueError);
  for (const std::vector<Index>& wrong : {std::vector<Index>{0, 1}, {1, 1}, {1, 3}, {-1, 1}})
    CHECK_THROWS_AS(Permute({.dims = wrong}), ValueError);
}

TEST_CASE("RepeatVector gives each step the same vector") {
  CHECK(RepeatVector({.n = 2})(Tensor{{1, 2}, {3, 4}}).to_vector() == Values{1, 2, 1, 2, 3, 4, 3, 4});
  CHECK(RepeatVector({.n = 0})(ones({2, 3})).shape() == Shape{2, 0, 3});
  CHECK_THROWS_AS(RepeatVector({}), ValueError);
  CHECK_THROWS_AS(RepeatVector({.n = 2})(steps), ValueError);
}
