// Kernels that move numbers: strided copies, slices, gathers. Exact, next to loops over every index.
#include <algorithm>
#include <numeric>
#include <xtape/core/kernels/gather.hpp>
#include <xtape/core/kernels/strided.hpp>

#include "indices.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

Index place_of(const Indices& index, const Strides& strides) {
  Index place = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) place += index[axis] * strides[axis];
  return place;
}

/// Strides of an array of this shape whose axes lie in memory in a random order, some of them backwards; and where its first
/// element stands.
struct Layout {
  Strides strides{};
  Index first = 0;
};
Layout draw_layout(const Shape& shape, std::mt19937& generator) {
  std::vector<Index> order(static_cast<std::size_t>(shape.rank()));
  std::iota(order.begin(), order.end(), Index(0));
  std::shuffle(order.begin(), order.end(), generator);
  Layout layout;
  Index step = 1;
  for (const Index axis : order) {
    const bool backwards = pick(generator, 0, 3) == 0;
    layout.strides[static_cast<std::size_t>(axis)] = backwards ? -step : step;
    if (backwards && shape[axis] > 0) layout.first += (shape[axis] - 1) * step;
    step *= shape[axis];
  }
  return layout;
}

/// A slice of a larger array.
struct Slice {
  Shape whole, part;
  Place place;
};
Slice draw_slice(std::mt19937& generator) {
  Slice s;
  s.whole = draw_shape(generator, 1);
  s.part = s.whole;
  for (Index axis = 0; axis < s.whole.rank(); ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    const Index step = pick(generator, 1, 3), length = pick(generator, 0, (s.whole[axis] - 1) / step + 1);
    const Index span = length == 0 ? 0 : (length - 1) * step;
    const Index low = pick(generator, 0, s.whole[axis] - 1 - span);
    const bool backwards = pick(generator, 0, 1) == 1;
    s.part[axis] = length;
    s.place.start[k] = backwards ? low + span : low;
    s.place.step[k] = backwards ? -step : step;
  }
  return s;
}

Index place_in_whole(const Slice& s, const Indices& index) {
  Index place = 0;
  for (Index axis = 0; axis < s.whole.rank(); ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    place = place * s.whole[axis] + s.place.start[k] + index[k] * s.place.step[k];
  }
  return place;
}

template <class T>
std::vector<double> copy_of(const Guarded<T>& x) {
  return {x.data(), x.data() + x.size()};
}

}  // namespace

TEST_CASE_TEMPLATE(
    "copies between any two orders of the axes", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(1);
  for (int round = 0; round < 500; ++round) {
    const Shape shape = draw_shape(generator);
    CAPTURE(round);
    CAPTURE(shape);
    const Layout from = draw_layout(shape, generator), to = draw_layout(shape, generator);
    const auto x = Guarded<T>::random(shape.size(), generator);
    Guarded<T> y(shape.size());
    copy_strided(shape, x.data() + from.first, from.strides, y.data() + to.first, to.strides);
    std::vector<double> expected(static_cast<std::size_t>(shape.size()));
    for (Index i = 0; i < shape.size(); ++i) {
      const Indices index = unravel(i, shape);
      expected[static_cast<std::size_t>(to.first + place_of(index, to.strides))] =
          static_cast<double>(x[from.first + place_of(index, from.strides)]);
    }
    CHECK(all_near(y, expected, 0));
  }
}

TEST_CASE_TEMPLATE("a source that stands still along an axis is repeated", T, float, double, std::int32_t,
    std::int64_t, bool) {
  std::mt19937 generator(2);
  for (int round = 0; round < 100; ++round) {
    const Shape shape = draw_shape(generator, 1);
    Strides from{};
    for (Index axis = shape.rank() - 1, step = 1; axis >= 0; --axis)
      if (pick(generator, 0, 1) == 1) from[static_cast<std::size_t>(axis)] = step, step *= shape[axis];
    const auto x = Guarded<T>::random(shape.size(), generator);
    Guarded<T> y(shape.size());
    copy_strided(shape, x.data(), from, y.data(), row_major(shape));
    std::vector<double> expected;
    for (Index i = 0; i < shape.size(); ++i)
      expected.push_back(static_cast<double>(x[place_of(unravel(i, shape), from)]));
    CHECK(all_near(y, expected, 0));
  }
}

TEST_CASE_TEMPLATE("slices with steps, taken and put", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(3);
  for (int round = 0; round < 500; ++round) {
    const Slice s = draw_slice(generator);
    CAPTURE(round);
    CAPTURE(s.whole);
    CAPTURE(s.part);
    const auto whole = Guarded<T>::random(s.whole.size(), generator);
    const auto part = Guarded<T>::random(s.part.size(), generator);
    const T fill(1);
    Guarded<T> taken(s.part.size()), put(s.whole.size());
    take_slice(whole.data(), s.whole, s.place, taken.data(), s.part);
    put_slice(part.data(), s.part, s.place, fill, put.data(), s.whole);
    std::vector<double> expected_taken,
        expected_put(static_cast<std::size_t>(s.whole.size()), static_cast<double>(fill));
    for (Index i = 0; i < s.part.size(); ++i) {
      const Index place = place_in_whole(s, unravel(i, s.part));
      expected_taken.push_back(static_cast<double>(whole[place]));
      expected_put[static_cast<std::size_t>(place)] = static_cast<double>(part[i]);
    }
    CHECK(all_near(taken, expected_taken, 0));
    CHECK(all_near(put, expected_put, 0));
  }
}

TEST_CASE_TEMPLATE("gathers, and what they scatter", T, float, double, std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(4);
  for (int round = 0; round < 400; ++round) {
    const GatherSizes s{pick(generator, 0, 3), pick(generator, 0, 3), pick(generator, 1, 9),
        draw_length(generator), pick(generator, 0, 1) == 0 ? 1 : draw_length(generator)};
    CAPTURE(round);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(s.batch * s.count));
    for (std::int64_t& i : indices) i = pick(generator, 0, s.length - 1);
    const Index x_size = s.batch * s.outer * s.length * s.inner,
                y_size = s.batch * s.outer * s.count * s.inner;
    const auto x = Guarded<T>::random(x_size, generator), g = Guarded<T>::random(y_size, generator);
    Guarded<T> y(y_size);
    auto sums = x;
    gather(x.data(), indices.data(), y.data(), s);
    if constexpr (!std::is_same_v<T, bool>) scatter_add(g.data(), indices.data(), sums.data(), s);
    std::vector<double> expected_y(static_cast<std::size_t>(y_size)), expected_sums = copy_of(x);
    for (Index b = 0; b < s.batch; ++b)
      for (Index o = 0; o < s.outer; ++o)
        for (Index i = 0; i < s.count; ++i)
          for (Index n = 0; n < s.inner; ++n) {
            const Index t = indices[static_cast<std::size_t>(b * s.count + i)];
            const Index from = ((b * s.outer + o) * s.length + t) * s.inner + n;
            const Index to = ((b * s.outer + o) * s.count + i) * s.inner + n;
            expected_y[static_cast<std::size_t>(to)] = static_cast<double>(x[from]);
            expected_sums[static_cast<std::size_t>(from)] += static_cast<double>(g[to]);
          }
    CHECK(all_near(y, expected_y, 0));
    if constexpr (!std::is_same_v<T, bool>) CHECK(all_near(sums, expected_sums, round_off<T>(s.count)));
  }
}
