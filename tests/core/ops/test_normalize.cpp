#include <algorithm>
#include <cmath>
#include <map>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

/// Entry by entry: the mean and variance of all entries that agree with it on the axes that are kept.
struct Naive {
  Tensor y, mean, variance;

  Naive(const Tensor& x, const std::vector<Index>& axes, double epsilon, bool centered) {
    std::map<std::vector<Index>, std::vector<double>> groups;
    const auto values = x.to_vector();
    const auto indices = all_indices(x.shape());
    const auto key = [&](std::vector<Index> index) {
      for (const Index axis : axes) index[static_cast<std::size_t>(axis)] = 0;
      return index;
    };
    for (std::size_t i = 0; i < values.size(); ++i) groups[key(indices[i])].push_back(values[i]);
    std::map<std::vector<Index>, std::pair<double, double>> moments;
    std::vector<double> means, variances, out;
    for (const auto& group : groups) {
      double m = 0, v = 0;
      const auto n = static_cast<double>(group.second.size());
      for (const double value : group.second) m += centered ? value / n : 0;
      for (const double value : group.second) v += (value - m) * (value - m) / n;
      moments[group.first] = {m, v};
      means.push_back(m);
      variances.push_back(v);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& found = moments[key(indices[i])];
      out.push_back((values[i] - found.first) / std::sqrt(found.second + epsilon));
    }
    Shape kept = x.shape();
    for (const Index axis : axes) kept[axis] = 1;
    y = Tensor::from(out, x.shape());
    mean = Tensor::from(means, kept);
    variance = Tensor::from(variances, kept);
  }
};

}  // namespace

TEST_CASE("normalization agrees with the definition over any axes of any shape") {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    Shape shape;
    std::vector<Index> axes;
    for (Index i = 0, rank = pick(random, 1, 4); i < rank; ++i) {
      shape.push_back(pick(random, 0, 4) == 0 ? 1 : pick(random, 1, rank < 3 ? 300 : 7));
      if (pick(random, 0, 1)) axes.push_back(i);
    }
    const bool centered = pick(random, 0, 3) > 0;
    const Tensor x = random_tensor(shape, random);
    CAPTURE(shape);
    const Naive expected(x, axes, 0.01, centered);
    Moments found;
    const NormalizeOptions options{.axes = axes, .epsilon = 0.01, .centered = centered};
    CHECK(close(normalize(x, options, &found), expected.y, 1e-11));
    CHECK(close(found.mean, expected.mean, 1e-12));
    CHECK(close(found.variance, expected.variance, 1e-12));
    CHECK(close(normalize(cast(x, DType::float32), options), expected.y, 1e-4));

    Shape broadcast = shape;
    for (Index i = 0; i < shape.rank(); ++i)
      if (pick(random, 0, 1)) broadcast[i] = 1;
    const Tensor scale = random_tensor(broadcast, random), offset = random_tensor(broadcast, random);
    NormalizeOptions scaled = options;
    scaled.scale = scale, scaled.offset = offset;
    CHECK(close(normalize(x, scaled), expected.y * scale + offset, 1e-10));
  }
}

TEST_CASE("the mean and variance of numbers far from 0 keep their digits") {
  std::mt19937 random(1);
  for (const Index axis : {0, 1}) {
    const Tensor small = random_tensor({64, 64}, random, DType::float32);
    const Tensor far = small + 1000.0;
    Moments found;
    const Tensor z = normalize(far, {.axes = axis, .epsilon = 1e-6}, &found);
    const Naive expected(far, {axis}, 1e-6, true);
    CHECK(close(z, expected.y, 2e-4));
    CHECK(close(found.variance, expected.variance, 1e-5));
  }
}

TEST_CASE("a million rows are added up as exactly as a thousand") {
  const Tensor x = reshape(arange(0, 1 << 20, 1, DType::float32), {1 << 18, 4});
  GradientTape tape;
  const Tensor scale = ones({4});
  tape.watch(scale);
  const Tensor y = normalize(x, {.axes = 1, .scale = scale});
  const Tensor sums = tape.gradient(y, scale);  // of the same four numbers in every row
  const double largest = 1.5 / std::sqrt(1.25 + 1e-3) * (1 << 18);
  CHECK(sums.at({0}) == doctest::Approx(-largest).epsilon(3e-5));
  CHECK(sums.at({3}) == doctest::Approx(largest).epsilon(3e-5));
}

TEST_CASE("normalization of nothing is nothing") {
  CHECK(normalize(zeros({0, 3}), {.axes = 0}).shape() == Shape{0, 3});
  CHECK(normalize(zeros({3, 0}), {.axes = 0}).shape() == Shape{3, 0});
  CHECK(normalize(zeros({3, 0}), {.axes = 1}).shape() == Shape{3, 0});
  CHECK(normalize(zeros({2, 0, 3}), {.axes = 1, .scale = ones({3})}).shape() == Shape{2, 0, 3});
}

TEST_CASE("a number alone is its own mean") {
  const Tensor x = {{3.0, -5.0}};
  CHECK(normalize(x, {.axes = 0, .scale = {2.0, 2.0}, .offset = {0.5, 0.25}}).to_vector() ==
        std::vector<double>{0.5, 0.25});
  CHECK(normalize(Tensor(4.0), {.axes = {}}).item() == 0);
}

TEST_CASE("integers are normalized as real numbers, and scales take on the dtype") {
  const Tensor y = normalize(Tensor::from(std::vector<std::int32_t>{1, 3}), {.axes = 0, .epsilon = 0});
  CHECK(y.dtype() == DType::float32);
  CHECK(y.to_vector() == std::vector<double>{-1, 1});
  CHECK(normalize(ones({2, 2}, DType::float64), {.scale = ones({2})}).dtype() == DType::float64);
}

TEST_CASE("what cannot be normalized is refused") {
  const Tensor x = ones({2, 3});
  CHECK(error_of([&] { normalize(x, {.axes = 2}); }).starts_with("ValueError: normalize: axis"));
  CHECK(error_of([&] {
    normalize(x, {.axes = {1, -1}});
  }) == "ValueError: normalize: an axis is given twice (received axis=-1)");
  CHECK(error_of([&] {
    normalize(x, {.scale = ones({2, 2, 3})});
  }) == "ValueError: normalize: scale and offset must broadcast to the shape of x (received (2, 2, 3), x (2, "
        "3))");
}
