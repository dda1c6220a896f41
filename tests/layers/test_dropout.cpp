// Dropout: how much it leaves out, what it scales, and what its numbers depend on.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <xtape/core/errors.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/dropout.hpp>

using namespace xtape;

TEST_CASE("a dropout leaves out the given fraction and scales the rest") {
  const Index n = 100'000;
  for (const double rate : {0.1, 0.5, 0.9}) {
    const auto y =
        Dropout({.rate = rate, .seed = 3})(ones({n}, DType::float64), {.training = true}).to_vector();
    const auto zeros = static_cast<double>(std::count(y.begin(), y.end(), 0.0));
    const double spread = std::sqrt(rate * (1 - rate) * static_cast<double>(n));
    CHECK(std::abs(zeros - rate * static_cast<double>(n)) < 5 * spread);
    for (const double v : y) CHECK_MESSAGE((v == 0 || std::abs(v - 1 / (1 - rate)) < 1e-6), v);
  }
}

TEST_CASE("a rate of 0 leaves all, a rate of 1 leaves nothing, others are refused") {
  const Tensor x = {1.0, 2.0};
  CHECK(Dropout({.rate = 0})(x, {.training = true}).to_vector() == x.to_vector());
  CHECK(Dropout({.rate = 1})(x, {.training = true}).to_vector() == std::vector<double>{0, 0});
  CHECK_THROWS_WITH_AS(
      Dropout({.rate = 1.5}), "ValueError: Dropout: rate must lie in [0, 1] (received rate=1.5)", ValueError);
  CHECK_THROWS_AS(Dropout({}), ValueError);  // rate is required
  CHECK_THROWS_AS(Dropout({.rate = 0.5, .noise_shape = Shape{0}}), ValueError);
}

TEST_CASE("equal seeds give equal masks, other seeds and steps others") {
  const Tensor x = ones({64});
  const auto y = [&](Index seed, std::uint64_t step) {
    return Dropout({.rate = 0.5, .seed = seed})(x, {.training = true, .step = step}).to_vector();
  };
  CHECK(y(1, 0) == y(1, 0));
  CHECK(y(1, 0) != y(2, 0));
  CHECK(y(1, 0) != y(1, 1));
  const auto fresh = [&] { return Dropout({.rate = 0.5})(x, {.training = true}).to_vector(); };
  set_random_seed(5);
  const auto first = fresh(), second = fresh();
  CHECK(first != second);
  set_random_seed(5);
  CHECK(fresh() == first);
}

TEST_CASE("a mask is repeated along the axes where noise_shape says 1") {
  const Dropout layer({.rate = 0.5, .noise_shape = Shape{None, 1, None}, .seed = 1});
  const Tensor y = layer(ones({3, 5, 8}), {.training = true});
  for (Index n = 0; n < 3; ++n)
    for (Index c = 0; c < 8; ++c)
      for (Index t = 1; t < 5; ++t) CHECK(y.at({n, t, c}) == y.at({n, 0, c}));
  CHECK_THROWS_AS(layer(ones({3, 5}), {.training = true}), ValueError);
  CHECK_THROWS_AS(
      Dropout({.rate = 0.5, .noise_shape = Shape{4, 5}})(ones({3, 5}), {.training = true}), ValueError);
}

TEST_CASE("a noise_shape that names the batch holds for its parts in a training step") {
  const Dropout layer({.rate = 0.5, .noise_shape = Shape{4, 6}, .seed = 1});
  const Tensor x = ones({4, 6});
  const Tensor whole = layer(x, {.training = true, .step = 1});
  const Tensor part = layer(x.rows(1, 3), {.training = true, .step = 1, .first_sample = 1});
  CHECK(part.to_vector() == whole.rows(1, 3).to_vector());
  const Dropout shared({.rate = 0.5, .noise_shape = Shape{1, 6}, .seed = 1});
  CHECK(shared(x.rows(2, 3), {.training = true, .step = 1, .first_sample = 2}).to_vector() ==
        shared(x, {.training = true, .step = 1}).rows(0, 1).to_vector());
}
