#include <algorithm>
#include <limits>
#include <numeric>

#include <xtape/core/kernels/xt.hpp>
#include <xtape/core/ops/cumulative.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;
using Values = std::vector<double>;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

/// The entries that go into each entry of a reduction, found index by index.
std::vector<Values> groups(const Tensor& x, const std::vector<bool>& reduced) {
  Shape kept = x.shape();
  for (Index i = 0; i < kept.rank(); ++i)
    if (reduced[static_cast<std::size_t>(i)]) kept[i] = 1;
  std::vector<Values> out(static_cast<std::size_t>(kept.size()));
  const Values values = x.to_vector();
  std::size_t n = 0;
  for (const std::vector<Index>& index : all_indices(x.shape())) {
    Index place = 0;
    for (Index i = 0; i < kept.rank(); ++i)
      place =
          place * kept[i] + (reduced[static_cast<std::size_t>(i)] ? 0 : index[static_cast<std::size_t>(i)]);
    out[static_cast<std::size_t>(place)].push_back(values[n++]);
  }
  return out;
}

template <class F>
Values each(const std::vector<Values>& all, F f) {
  Values out;
  for (const Values& group : all) out.push_back(f(group));
  return out;
}

double total(const Values& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double average(const Values& v) { return total(v) / static_cast<double>(v.size()); }

Tensor gradient_of(Tensor (*f)(const Tensor&), const Tensor& x) {
  GradientTape tape;
  tape.watch(x);
  return tape.gradient(f(x), x);
}

}  // namespace

TEST_CASE("reductions agree with loops over any axes of any shape") {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    Shape shape;
    std::vector<Index> axes;
    std::vector<bool> reduced;
    for (Index rank = pick(random, 0, 5), i = 0; i < rank; ++i) {
      shape.push_back(round % 7 == 0 ? pick(random, 0, 3) : pick(random, 1, i == 0 ? 40 : 5));
      reduced.push_back(pick(random, 0, 1) == 1);
      if (reduced.back()) axes.push_back(pick(random, 0, 1) == 1 ? i : i - rank);
    }
    const Tensor x = random_tensor(shape, random);
    CAPTURE(shape);
    CAPTURE(Shape(axes));
    const std::vector<Values> all = groups(x, reduced);
    const bool keepdims = pick(random, 0, 1) == 1;
    const Shape to = sum(x, axes, keepdims).shape();
    CHECK(to.rank() == (keepdims ? shape.rank() : shape.rank() - static_cast<Index>(axes.size())));
    const auto expect = [&](const Tensor& y, const Values& values) {
      CHECK(close(y, Tensor::from(values, to), 1e-12));
    };
    expect(sum(x, axes, keepdims), each(all, total));
    expect(mean(x, axes, keepdims), each(all, average));
    const auto product = [](const Values& v) {
      return std::accumulate(v.begin(), v.end(), 1.0, std::multiplies<>());
    };
    expect(prod(x, axes, keepdims), each(all, product));
    expect(norm(x, 2, axes, keepdims), each(all, [](const Values& v) {
      return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    }));
    if (shape.size() == 0) continue;
    expect(max(x, axes, keepdims),
        each(all, [](const Values& v) { return *std::max_element(v.begin(), v.end()); }));
    expect(min(x, axes, keepdims),
        each(all, [](const Values& v) { return *std::min_element(v.begin(), v.end()); }));
    expect(logsumexp(x, axes, keepdims), each(all, [](const Values& v) {
      double sum_of_powers = 0;
      for (const double e : v) sum_of_powers += std::exp(e);
      return std::log(sum_of_powers);
    }));
    const auto spread = [](const Values& v) {
      double squares = 0;
      for (const double e : v) squares += (e - average(v)) * (e - average(v));
      return squares / static_cast<double>(v.size());
    };
    expect(variance(x, axes, keepdims), each(all, spread));
    expect(stddev(x, axes, keepdims), each(all, [&](const Values& v) { return std::sqrt(spread(v)); }));
    CHECK(close(sum(cast(x, DType::float32), axes, keepdims), sum(x, axes, keepdims), 1e-4));
    CHECK(close(max(cast(x, DType::float32), axes, keepdims), max(x, axes, keepdims), 1e-6));
  }
}

TEST_CASE("sums and largest entries agree with xtensor") {
  std::mt19937 random(2);
  const Tensor x = random_tensor({7, 33, 20}, random);
  const auto a =
      xt::adapt(x.data<double>(), 7 * 33 * 20, xt::no_ownership(), std::vector<std::size_t>{7, 33, 20});
  const xt::xarray<double> sums = xt::sum(a, {0, 1}), tops = xt::amax(a, {1});
  CHECK(close(sum(x, {0, 1}), Tensor::from(std::vector<double>(sums.begin(), sums.end()), {20}), 1e-12));
  CHECK(close(max(x, 1), Tensor::from(std::vector<double>(tops.begin(), tops.end()), {7, 20}), 0));
}

TEST_CASE("all axes, one axis, several axes and none can be named") {
  const Tensor x({{1, 2}, {3, 4}}, DType::float64);
  CHECK(sum(x).item() == 10);
  CHECK(sum(x, {}).item() == 10);
  CHECK(same(sum(x, 0), Tensor({4, 6}, DType::float64)));
  CHECK(same(sum(x, {-1}), Tensor({3, 7}, DType::float64)));
  CHECK(sum(x, {0, 1}, true).shape() == Shape{1, 1});
  CHECK(same(sum(x, std::vector<Index>{}), x));
}

TEST_CASE("long sums of float32 stay precise, along every axis") {
  const Tensor x = full({1 << 22}, 0.1, DType::float32);
  CHECK(std::abs(sum(x).item() / (0.1f * double(1 << 22)) - 1) < 1e-6);
  CHECK(std::abs(sum(reshape(x, {1 << 20, 4}), 0).at({1}) / (0.1f * double(1 << 20)) - 1) < 1e-5);
}

TEST_CASE("integers and booleans are summed as integers, and averaged as real numbers") {
  const Tensor x({{1, 2}, {3, 5}}, DType::int32), flags({1, 0, 1}, DType::boolean);
  CHECK(same(sum(x, 1), Tensor({3, 8}, DType::int32)));
  CHECK(same(prod(cast(x, DType::int64), 0), Tensor({3, 10}, DType::int64)));
  CHECK(same(max(x, 0), Tensor({3, 5}, DType::int32)));
  CHECK(same(cumsum(x, 0), Tensor({{1, 2}, {4, 7}}, DType::int32)));
  CHECK(sum(flags).dtype() == DType::int32);
  CHECK(sum(flags).item() == 2);
  CHECK(mean(x).dtype() == DType::float32);
  CHECK(mean(x).item() == 2.75);
  CHECK(norm(Tensor({3, 4}, DType::int64)).item() == 5);
}

TEST_CASE("NaN and infinity are what they are") {
  const Tensor x({{1, nan_value, 3}, {infinity, 2, -infinity}, {infinity, 1, 2}}, DType::float64);
  CHECK(close(max(x, 1), Tensor({nan_value, infinity, infinity}, DType::float64)));
  CHECK(close(min(x, 1), Tensor({nan_value, -infinity, 1}, DType::float64)));
  CHECK(close(max(x, 0), Tensor({infinity, nan_value, 3}, DType::float64)));
  CHECK(close(sum(x, 1), Tensor({nan_value, nan_value, infinity}, DType::float64)));
  CHECK(close(logsumexp(x, 1), Tensor({nan_value, infinity, infinity}, DType::float64)));
  CHECK(same(argmax(x, 1), Tensor({1, 0, 0}, DType::int64)));
  CHECK(same(argmin(x, 1), Tensor({1, 2, 1}, DType::int64)));
  CHECK(same(any(x, 1), Tensor({1, 1, 1}, DType::boolean)));
}

TEST_CASE("what is reduced over nothing is the neutral element, or refused") {
  const Tensor nothing = zeros({2, 0});
  CHECK(same(sum(nothing, 1), zeros({2})));
  CHECK(same(prod(nothing, 1), ones({2})));
  CHECK(std::isnan(mean(nothing).item()));
  CHECK(logsumexp(nothing).item() == -infinity);
  CHECK(same(any(zeros({0, 2}, DType::boolean), 1), zeros({0}, DType::boolean)));
  CHECK(max(nothing, 0).shape() == Shape{0});
  CHECK(
      error_of([&] { max(nothing, 1); }) == "ValueError: max: there are no entries (received shape (2, 0))");
  CHECK(error_of([&] { argmin(nothing, 1); }) ==
        "ValueError: argmin: there are no entries (received shape (2, 0))");
  CHECK(
      error_of([&] { argmax(nothing); }) == "ValueError: argmax: there are no entries (received shape (0,))");
}

TEST_CASE("argmax and argmin name the first of several") {
  const Tensor x({{3, 1, 3}, {1, 3, 1}}, DType::int32);
  CHECK(same(argmax(x, 1), Tensor({0, 1}, DType::int64)));
  CHECK(same(argmin(x, 1, true), Tensor({{1}, {0}}, DType::int64)));
  CHECK(same(argmax(x, 0), Tensor({0, 1, 0}, DType::int64)));
  CHECK(argmax(x).item() == 0);
  CHECK(argmin(x).item() == 1);
}

TEST_CASE("any and all ask whether entries are not 0") {
  const Tensor x({{0, 2}, {1, 3}, {0, 0}}, DType::float64);
  CHECK(same(any(x, 1), Tensor({1, 1, 0}, DType::boolean)));
  CHECK(same(all(x, 1), Tensor({0, 1, 0}, DType::boolean)));
  CHECK(all(zeros({0})).item() == 1);
  CHECK(any(zeros({0})).item() == 0);
}

TEST_CASE("norms of every order") {
  const Tensor x({3, -4, 0}, DType::float64);
  CHECK(norm(x).item() == 5);
  CHECK(norm(x, 1).item() == 7);
  CHECK(norm(x, infinity).item() == 4);
  CHECK(norm(x, -infinity).item() == 0);
  CHECK(norm(x, 0).item() == 2);
  CHECK(norm(x, 3).item() == doctest::Approx(std::cbrt(27 + 64)));
  CHECK(error_of([&] { norm(x, nan_value); }) == "ValueError: norm: ord must be a number (received ord=nan)");
}

TEST_CASE("logsumexp does not overflow, and its gradient is softmax") {
  const Tensor x({1000, 1000}, DType::float64);
  CHECK(logsumexp(x).item() == doctest::Approx(1000 + std::log(2)));
  const auto all_of_it = [](const Tensor& v) { return logsumexp(v); };
  CHECK(close(gradient_of(all_of_it, x), Tensor({0.5, 0.5}, DType::float64)));
  CHECK(same(gradient_of(all_of_it, Tensor({-infinity, -infinity}, DType::float64)),
      Tensor({0, 0}, DType::float64)));
  CHECK(same(gradient_of(all_of_it, Tensor({-infinity, 2}, DType::float64)), Tensor({0, 1}, DType::float64)));
}

TEST_CASE("gradients at the places that need care") {
  const Tensor ties({{2, 2, 1}, {0, 0, 0}}, DType::float64);
  CHECK(close(gradient_of([](const Tensor& v) { return max(v, 1); }, ties),
      Tensor({{0.5, 0.5, 0}, {1 / 3., 1 / 3., 1 / 3.}}, DType::float64)));
  CHECK(same(gradient_of([](const Tensor& v) { return norm(v); }, Tensor({0, 0}, DType::float64)),
      Tensor({0, 0}, DType::float64)));
  const auto product = [](const Tensor& v) { return prod(v); };
  CHECK(same(gradient_of(product, Tensor({2, 0, 3}, DType::float64)), Tensor({0, 6, 0}, DType::float64)));
  CHECK(same(gradient_of(product, Tensor({2, 0, 0}, DType::float64)), Tensor({0, 0, 0}, DType::float64)));
  CHECK(same(gradient_of([](const Tensor& v) { return cumprod(v, 0); }, Tensor({2, 0, 3}, DType::float64)),
      Tensor({1, 8, 0}, DType::float64)));
}

TEST_CASE("sums and products so far, in both directions, with and without the entry itself") {
  const Tensor x({1, 2, 3, 4}, DType::float64);
  const auto row = [](std::initializer_list<detail::Number> values) {
    return Tensor(values, DType::float64);
  };
  CHECK(same(cumsum(x, 0), row({1, 3, 6, 10})));
  CHECK(same(cumsum(x, -1, {.exclusive = true}), row({0, 1, 3, 6})));
  CHECK(same(cumsum(x, 0, {.reverse = true}), row({10, 9, 7, 4})));
  CHECK(same(cumsum(x, 0, {.exclusive = true, .reverse = true}), row({9, 7, 4, 0})));
  CHECK(same(cumprod(x, 0), row({1, 2, 6, 24})));
  CHECK(same(cumprod(x, 0, {.exclusive = true}), row({1, 1, 2, 6})));
  CHECK(same(cumprod(x, 0, {.reverse = true}), row({24, 24, 12, 4})));
  CHECK(same(cumprod(x, 0, {.exclusive = true, .reverse = true}), row({24, 12, 4, 1})));
  CHECK(same(cumsum(Tensor{{1, 2}, {3, 4}, {5, 6}}, 0), Tensor{{1, 2}, {4, 6}, {9, 12}}));
  CHECK(same(cumsum(Tensor{{1, 2}, {3, 4}}, 1), Tensor{{1, 3}, {3, 7}}));
  CHECK(cumsum(zeros({2, 0}), 1).shape() == Shape{2, 0});
  CHECK(cumprod(zeros({0, 2}), 0).shape() == Shape{0, 2});
}

TEST_CASE("wrong axes are refused, and said") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] { sum(x, 2); }) ==
        "ValueError: sum: axis must lie in [-2, 2) for a tensor of rank 2 (received axis=2)");
  CHECK(error_of([&] { mean(x, {0, -2}); }) == "ValueError: mean: an axis is given twice (received axis=-2)");
  CHECK(error_of([&] { prod(x, {1, 1}); }) == "ValueError: prod: an axis is given twice (received axis=1)");
  CHECK(error_of([&] {
    sum_to(x, {3, 3});
  }) == "ValueError: sum_to: shapes must be equal or broadcast (received (2, 3) and (3, 3))");
  CHECK(error_of([&] { sum_to(x, {1, 2, 3}); }) == "ValueError: sum_to: cannot sum (2, 3) down to (1, 2, 3)");
  CHECK(error_of([&] { cumsum(x, -3); }) ==
        "ValueError: cumsum: axis must lie in [-2, 2) for a tensor of rank 2 (received axis=-3)");
}
