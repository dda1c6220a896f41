// Maps, and loops over two and three arrays that are repeated to one shape. Exact, next to loops over every index.
#include <xtape/core/kernels/elementwise.hpp>

#include "indices.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

/// Shapes that are repeated to `whole`, at least one of them long along each axis.
std::vector<Shape> draw_inputs(std::size_t count, const Shape& whole, std::mt19937& generator) {
  std::vector<Shape> shapes;
  while (shapes.size() < count) shapes.push_back(draw_repeated(whole, generator));
  Shape together = shapes[0];
  for (const Shape& shape : shapes) together = broadcast_shapes(together, shape, "inputs");
  return together == whole ? shapes : draw_inputs(count, whole, generator);
}

}  // namespace

TEST_CASE_TEMPLATE("maps of any length and to any type", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(1);
  for (int round = 0; round < 50; ++round) {
    const Index n = draw_length(generator);
    const auto x = Guarded<T>::random(n, generator);
    Guarded<double> reals(n);
    Guarded<std::int64_t> integers(n);
    Guarded<bool> booleans(n);
    map(x.data(), reals.data(), n, [](T v) { return 0.5 * static_cast<double>(v); });
    map(x.data(), integers.data(), n, [](T v) { return v > T(0); });
    map(x.data(), booleans.data(), n, [](T v) { return v <= T(0); });
    std::vector<double> halves, positive, others;
    for (const T v : x) {
      halves.push_back(0.5 * static_cast<double>(v));
      positive.push_back(v > T(0) ? 1 : 0);
      others.push_back(v > T(0) ? 0 : 1);
    }
    CHECK(all_near(reals, halves, 0));
    CHECK(all_near(integers, positive, 0));
    CHECK(all_near(booleans, others, 0));
  }
}

TEST_CASE_TEMPLATE("two arrays repeated to one shape", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(2);
  const auto f = [](auto a, auto b) { return static_cast<double>(a) - 3 * static_cast<double>(b); };
  for (int round = 0; round < 300; ++round) {
    const Shape whole = draw_shape(generator);
    const std::vector<Shape> shapes = draw_inputs(2, whole, generator);
    CAPTURE(shapes[0]);
    CAPTURE(shapes[1]);
    const auto a = Guarded<T>::random(shapes[0].size(), generator);
    const auto b = Guarded<float>::random(shapes[1].size(), generator);
    Guarded<double> y(whole.size());
    Guarded<bool> less(whole.size());
    zip(a.data(), shapes[0], b.data(), shapes[1], y.data(), whole, f);
    zip(a.data(), shapes[0], b.data(), shapes[1], less.data(), whole,
        [](T p, float q) { return static_cast<double>(p) < static_cast<double>(q); });
    std::vector<double> differences, comparisons;
    for (Index i = 0; i < whole.size(); ++i) {
      const Indices index = unravel(i, whole);
      const T p = a[place_in(shapes[0], index, whole)];
      const float q = b[place_in(shapes[1], index, whole)];
      differences.push_back(f(p, q));
      comparisons.push_back(static_cast<double>(p) < static_cast<double>(q) ? 1 : 0);
    }
    CHECK(all_near(y, differences, 0));
    CHECK(all_near(less, comparisons, 0));
  }
}

TEST_CASE_TEMPLATE("three arrays repeated to one shape", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(3);
  for (int round = 0; round < 300; ++round) {
    const Shape whole = draw_shape(generator);
    const std::vector<Shape> shapes = draw_inputs(3, whole, generator);
    CAPTURE(shapes[0]);
    CAPTURE(shapes[1]);
    CAPTURE(shapes[2]);
    const auto chosen = Guarded<bool>::random(shapes[0].size(), generator);
    const auto a = Guarded<T>::random(shapes[1].size(), generator),
               b = Guarded<T>::random(shapes[2].size(), generator);
    Guarded<T> y(whole.size());
    zip3(chosen.data(), shapes[0], a.data(), shapes[1], b.data(), shapes[2], y.data(), whole,
        [](bool which, T p, T q) { return which ? p : q; });
    std::vector<double> expected;
    for (Index i = 0; i < whole.size(); ++i) {
      const Indices index = unravel(i, whole);
      expected.push_back(static_cast<double>(chosen[place_in(shapes[0], index, whole)]
                                                 ? a[place_in(shapes[1], index, whole)]
                                                 : b[place_in(shapes[2], index, whole)]));
    }
    CHECK(all_near(y, expected, 0));
  }
}
