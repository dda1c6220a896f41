// Reductions next to loops over every index of x.
#include <xtape/core/kernels/reduce.hpp>

#include "indices.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

/// A shape, and the same with 1 on some axes.
struct Reduction {
  Shape x, y;
};

Reduction draw_reduction(std::mt19937& generator) {
  const Shape x = draw_shape(generator);
  Shape y = x;
  for (Index& length : y)
    if (pick(generator, 0, 1) == 0) length = 1;
  return {x, y};
}

/// Calls body(place in x, place in y) for every element of x, in order.
template <class Body>
void for_each_pair(const Reduction& r, Body body) {
  for (Index i = 0; i < r.x.size(); ++i) body(i, place_in(r.y, unravel(i, r.x), r.x));
}

double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }

}  // namespace

TEST_CASE_TEMPLATE("sums over any axes", T, float, double, std::int32_t, std::int64_t) {
  std::mt19937 generator(1);
  for (int round = 0; round < 200; ++round) {
    const Reduction r = draw_reduction(generator);
    CAPTURE(round);
    CAPTURE(r.x);
    CAPTURE(r.y);
    const auto x = Guarded<T>::random(r.x.size(), generator);
    Guarded<T> y(r.y.size());
    sum_to(x.data(), r.x, y.data(), r.y);
    std::vector<double> expected(static_cast<std::size_t>(r.y.size()));
    for_each_pair(
        r, [&](Index i, Index j) { expected[static_cast<std::size_t>(j)] += static_cast<double>(x[i]); });
    const Index terms = r.y.size() == 0 ? 0 : r.x.size() / r.y.size();
    CHECK(all_near(y, expected, round_off<T>(terms)));
  }
}

TEST_CASE_TEMPLATE("maxima and minima over any axes are exact, NaN included", T, float, double, std::int32_t,
    std::int64_t, bool) {
  std::mt19937 generator(2);
  using Limits = std::numeric_limits<T>;
  constexpr auto lowest = static_cast<double>(Limits::has_infinity ? -Limits::infinity() : Limits::lowest()),
                 largest = static_cast<double>(Limits::has_infinity ? Limits::infinity() : Limits::max());
  for (int round = 0; round < 200; ++round) {
    const Reduction r = draw_reduction(generator);
    CAPTURE(round);
    CAPTURE(r.x);
    CAPTURE(r.y);
    const auto x = Guarded<T>::with_odd_numbers(r.x.size(), generator);
    Guarded<T> most(r.y.size()), least(r.y.size());
    max_to(x.data(), r.x, most.data(), r.y);
    min_to(x.data(), r.x, least.data(), r.y);
    std::vector<double> tops(static_cast<std::size_t>(r.y.size()), lowest);
    std::vector<double> bottoms(static_cast<std::size_t>(r.y.size()), largest);
    for_each_pair(r, [&](Index i, Index j) {
      double &top = tops[static_cast<std::size_t>(j)], &bottom = bottoms[static_cast<std::size_t>(j)];
      top = std::isnan(top) ? top : larger(static_cast<double>(x[i]), top);
      bottom = std::isnan(bottom) ? bottom : smaller(static_cast<double>(x[i]), bottom);
    });
    CHECK(all_near(most, tops, 0));
    CHECK(all_near(least, bottoms, 0));
  }
}

TEST_CASE_TEMPLATE("argmax and argmin find the first of equals, NaN before all", T, float, double,
    std::int32_t, std::int64_t, bool) {
  std::mt19937 generator(4);
  for (int round = 0; round < 200; ++round) {
    const Index length = round % 20 == 0 ? pick(generator, 2000, 5000) : draw_length(generator, 1);
    const LineSizes s{pick(generator, 0, 4), length, pick(generator, 0, 5)};
    auto x = Guarded<T>::with_odd_numbers(s.outer * s.length * s.inner, generator);
    if constexpr (std::is_floating_point_v<T>)
      for (T& value : x) value = std::round(value * 4);  // many equals
    Guarded<std::int64_t> top(s.outer * s.inner), bottom(s.outer * s.inner);
    argmax(x.data(), top.data(), s);
    argmin(x.data(), bottom.data(), s);
    std::vector<double> tops, bottoms;
    for (Index o = 0; o < s.outer; ++o)
      for (Index i = 0; i < s.inner; ++i) {
        const auto at = [&](Index t) { return static_cast<double>(x[(o * s.length + t) * s.inner + i]); };
        Index most = 0, least = 0;
        for (Index t = 1; t < s.length; ++t) {
          if (!std::isnan(at(most)) && (at(t) > at(most) || std::isnan(at(t)))) most = t;
          if (!std::isnan(at(least)) && (at(t) < at(least) || std::isnan(at(t)))) least = t;
        }
        tops.push_back(static_cast<double>(most));
        bottoms.push_back(static_cast<double>(least));
      }
    CHECK(all_near(top, tops, 0));
    CHECK(all_near(bottom, bottoms, 0));
  }
}

TEST_CASE_TEMPLATE("running sums, from either end, with and without the entry itself", T, float, double,
    std::int32_t, std::int64_t) {
  std::mt19937 generator(5);
  for (int round = 0; round < 100; ++round) {
    const LineSizes s{pick(generator, 0, 3), draw_length(generator), pick(generator, 0, 20)};
    const bool exclusive = round % 2 == 1, reverse = round % 4 > 1;
    CAPTURE(round);
    const auto x = Guarded<T>::random(s.outer * s.length * s.inner, generator);
    Guarded<T> y(x.size());
    cumsum(x.data(), y.data(), s, exclusive, reverse);
    std::vector<double> expected(static_cast<std::size_t>(x.size()));
    const auto place = [&](Index o, Index t, Index i) { return (o * s.length + t) * s.inner + i; };
    for (Index o = 0; o < s.outer; ++o)
      for (Index t = 0; t < s.length; ++t)
        for (Index i = 0; i < s.inner; ++i)
          for (Index u = 0; u < s.length; ++u)
            if (reverse ? u > t : u < t) {
              expected[static_cast<std::size_t>(place(o, t, i))] += static_cast<double>(x[place(o, u, i)]);
            } else if (u == t && !exclusive) {
              expected[static_cast<std::size_t>(place(o, t, i))] += static_cast<double>(x[place(o, t, i)]);
            }
    CHECK(all_near(y, expected, round_off<T>(s.length)));
  }
}
