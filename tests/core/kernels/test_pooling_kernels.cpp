// Pooling next to loops over windows and the steps in them.
#include <xtape/core/kernels/pooling.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

/// Windows that cut the ends of x now and then, but hold at least one step each.
PoolSizes draw_pooling(std::mt19937& generator) {
  PoolSizes s{};
  s.batch = pick(generator, 0, 3), s.channels = draw_length(generator);
  s.x_steps = pick(generator, 1, 30);
  s.pool_size = pick(generator, 1, 6), s.strides = pick(generator, 1, 5);
  s.left = pick(generator, 0, s.pool_size - 1);
  const Index most = (s.x_steps - 1 + s.left) / s.strides + 1;  // windows that begin inside x
  s.y_steps = pick(generator, 0, most);
  return s;
}

/// Calls body(n, t, c, steps) for each window, with the steps of x that it holds.
template <class Body>
void for_each_window(const PoolSizes& s, Body body) {
  for (Index n = 0; n < s.batch; ++n)
    for (Index t = 0; t < s.y_steps; ++t)
      for (Index c = 0; c < s.channels; ++c) {
        std::vector<Index> steps;
        for (Index k = 0; k < s.pool_size; ++k)
          if (const Index step = t * s.strides - s.left + k; step >= 0 && step < s.x_steps)
            steps.push_back(step);
        body(n, t, c, steps);
      }
}

Index x_at(const PoolSizes& s, Index n, Index step, Index c) {
  return (n * s.x_steps + step) * s.channels + c;
}
Index y_at(const PoolSizes& s, Index n, Index t, Index c) { return (n * s.y_steps + t) * s.channels + c; }
Index x_size(const PoolSizes& s) { return s.batch * s.x_steps * s.channels; }
Index y_size(const PoolSizes& s) { return s.batch * s.y_steps * s.channels; }

template <class T>
Index first_maximum(
    const PoolSizes& s, const Guarded<T>& x, Index n, Index c, const std::vector<Index>& steps) {
  Index best = steps[0];
  for (const Index step : steps) {
    const T a = x[x_at(s, n, best, c)], b = x[x_at(s, n, step, c)];
    if (!std::isnan(a) && (b > a || std::isnan(b))) best = step;
  }
  return best;
}

}  // namespace

TEST_CASE_TEMPLATE("means of windows, and their adjoint", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 400; ++round) {
    const PoolSizes s = draw_pooling(generator);
    CAPTURE(round);
    const auto x = Guarded<T>::random(x_size(s), generator), g = Guarded<T>::random(y_size(s), generator);
    Guarded<T> y(y_size(s)), u(x_size(s));
    average_pool(x.data(), y.data(), s);
    average_pool_transpose(g.data(), u.data(), s);
    std::vector<double> means(static_cast<std::size_t>(y_size(s))),
        spread(static_cast<std::size_t>(x_size(s)));
    for_each_window(s, [&](Index n, Index t, Index c, const std::vector<Index>& steps) {
      for (const Index step : steps) {
        const double share = 1 / static_cast<double>(steps.size());
        means[static_cast<std::size_t>(y_at(s, n, t, c))] +=
            share * static_cast<double>(x[x_at(s, n, step, c)]);
        spread[static_cast<std::size_t>(x_at(s, n, step, c))] +=
            share * static_cast<double>(g[y_at(s, n, t, c)]);
      }
    });
    CHECK(all_near(y, means, round_off<T>(s.pool_size)));
    CHECK(all_near(u, spread, round_off<T>(s.pool_size)));
  }
}

TEST_CASE_TEMPLATE("the values at the first maxima of windows, and their adjoint", T, float, double) {
  std::mt19937 generator(2);
  for (int round = 0; round < 400; ++round) {
    const PoolSizes s = draw_pooling(generator);
    CAPTURE(round);
    auto where = Guarded<T>::with_odd_numbers(x_size(s), generator);
    for (T& v : where) v = std::round(v * 3);  // many equals
    const auto values = Guarded<T>::random(x_size(s), generator),
               g = Guarded<T>::random(y_size(s), generator);
    Guarded<T> y(y_size(s)), u(x_size(s));
    pick_maxima(where.data(), values.data(), y.data(), s);
    place_at_maxima(where.data(), g.data(), u.data(), s);
    std::vector<double> picked(static_cast<std::size_t>(y_size(s))),
        placed(static_cast<std::size_t>(x_size(s)));
    for_each_window(s, [&](Index n, Index t, Index c, const std::vector<Index>& steps) {
      const Index at = x_at(s, n, first_maximum(s, where, n, c, steps), c);
      picked[static_cast<std::size_t>(y_at(s, n, t, c))] = static_cast<double>(values[at]);
      placed[static_cast<std::size_t>(at)] += static_cast<double>(g[y_at(s, n, t, c)]);
    });
    CHECK(all_near(y, picked, 0));
    CHECK(all_near(u, placed, round_off<T>(s.pool_size)));
  }
}
