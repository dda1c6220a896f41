#include <algorithm>
#include <limits>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/pooling.hpp>
#include <xtape/core/tape.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

struct Expected {
  std::vector<double> max, average;
};

/// Window by window, from the padding's definition: pad as little as is needed, half of it (rounded down) in front.
Expected pooled(const Tensor& x, Index pool_size, Index strides, bool same) {
  const Index steps = x.dim(1),
              windows = same ? (steps + strides - 1) / strides : (steps - pool_size) / strides + 1;
  const Index missing = same ? std::max<Index>(0, (windows - 1) * strides + pool_size - steps) : 0;
  Expected out;
  for (Index n = 0; n < x.dim(0); ++n)
    for (Index t = 0; t < windows; ++t)
      for (Index c = 0; c < x.dim(2); ++c) {
        double largest = -std::numeric_limits<double>::infinity(), total = 0, count = 0;
        for (Index k = 0; k < pool_size; ++k) {
          const Index step = t * strides + k - missing / 2;
          if (step < 0 || step >= steps) continue;
          largest = std::max(largest, x.at({n, step, c}));
          total += x.at({n, step, c});
          ++count;
        }
        out.max.push_back(largest);
        out.average.push_back(total / count);
      }
  return out;
}

}  // namespace

TEST_CASE("pooling agrees with the loop over windows") {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const Index steps = pick(random, 1, 12), strides = pick(random, 1, 4);
    const bool same = pick(random, 0, 1) == 1;
    const Index pool_size = same ? pick(random, 1, 30) : pick(random, 1, steps);
    const Tensor x = random_tensor({pick(random, 0, 3), steps, pick(random, 0, 9)}, random);
    CAPTURE(round);
    const Pool1DOptions options{pool_size, strides, same ? "same" : "valid"};
    const Expected expected = pooled(x, pool_size, strides, same);
    CHECK(max_pool1d(x, options).to_vector() == expected.max);
    const Tensor average = average_pool1d(x, options);
    CHECK(close(average, Tensor::from(expected.average, average.shape()), 1e-14));
    CHECK(close(max_pool1d(cast(x, DType::float32), options), max_pool1d(x, options), 1e-6));
    CHECK(close(average_pool1d(cast(x, DType::float32), options), average_pool1d(x, options), 1e-6));
  }
}

TEST_CASE("more channels than a block of the kernel are pooled and give their gradients") {
  std::mt19937 random(4);
  const Tensor x = random_tensor({2, 5, 300}, random);
  CHECK(max_pool1d(x).to_vector() == pooled(x, 2, 2, false).max);
  GradientTape tape;
  tape.watch(x);
  const Tensor y = max_pool1d(x);
  const Tensor dx = tape.gradient(y, x);
  CHECK(inner(dx, ones_like(x)) == 2 * 2 * 300);
  CHECK(std::abs(inner(dx, x) - inner(y, ones_like(y))) < 1e-12);
}

TEST_CASE("strides default to the size of the pool") {
  CHECK(max_pool1d(zeros({1, 9, 1}), {.pool_size = 3}).shape() == Shape{1, 3, 1});
  CHECK(average_pool1d(zeros({1, 9, 1}), {.pool_size = 4, .padding = "same"}).shape() == Shape{1, 3, 1});
}

TEST_CASE("the first of several maxima takes the gradient") {
  const Tensor x = Tensor::from<double>({2, 2, 1, 2}, {1, 4, 1});
  GradientTape tape;
  tape.watch(x);
  CHECK(tape.gradient(max_pool1d(x, {.pool_size = 4}), x).to_vector() == std::vector<double>{1, 0, 0, 0});
}

TEST_CASE("NaN is the maximum of its window, infinities are compared") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const Tensor x = Tensor::from<double>({1, nan, -infinity, -infinity, infinity, 3, nan, nan}, {1, 8, 1});
  CHECK(close(max_pool1d(x), Tensor::from<double>({nan, -infinity, infinity, nan}, {1, 4, 1})));
  GradientTape tape;
  tape.watch(x);
  CHECK(tape.gradient(max_pool1d(x), x).to_vector() == std::vector<double>{0, 1, 1, 0, 1, 0, 1, 0});
}

TEST_CASE("enormous pools and strides are harmless") {
  const Tensor x = Tensor::from<double>({1, 2, 3}, {1, 3, 1});
  const Index huge = std::numeric_limits<Index>::max();
  CHECK(average_pool1d(x, {.pool_size = huge, .strides = 1, .padding = "same"}).to_vector() ==
        std::vector<double>{2, 2, 2});
  CHECK(max_pool1d(x, {.pool_size = 2, .strides = huge}).to_vector() == std::vector<double>{2});
}

TEST_CASE("what cannot be pooled is refused, and said") {
  const Tensor x = zeros({1, 3, 1});
  CHECK(error_of([&] {
    max_pool1d(zeros({3, 1}));
  }) == "ValueError: max_pool1d: `x` must have shape (batch, steps, channels) (received (3, 1))");
  CHECK(error_of([&] { max_pool1d(x, {.pool_size = 0}); }) ==
        "ValueError: max_pool1d: pool_size must be at least 1 (received pool_size=0)");
  CHECK(error_of([&] { average_pool1d(x, {.strides = 0}); }) ==
        "ValueError: average_pool1d: strides must be at least 1 (received strides=0)");
  CHECK(error_of([&] { average_pool1d(x, {.padding = "causal"}); }) ==
        "ValueError: average_pool1d: padding must be \"valid\" or \"same\" (received \"causal\")");
  CHECK(error_of([&] { max_pool1d(x, {.pool_size = 4}); }) ==
        "ValueError: max_pool1d: pool_size must not exceed the steps of `x` (received pool_size=4, steps=3)");
  CHECK(error_of([&] {
    max_pool1d(zeros({1, 3, 1}, DType::int64));
  }) == "TypeError: max_pool1d: dtype must be float32 or float64 (received int64)");
}
