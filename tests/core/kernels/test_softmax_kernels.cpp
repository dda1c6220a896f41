// Softmax and its relatives next to their formulas, in double.
#include <algorithm>
#include <xtape/core/kernels/softmax.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

struct Lines {
  Index outer, length, inner;
  Index size() const { return outer * length * inner; }
  Index at(Index o, Index t, Index i) const { return (o * length + t) * inner + i; }
};

Lines draw_lines(std::mt19937& generator) {
  return {pick(generator, 0, 4), draw_length(generator, 1),
      pick(generator, 0, 1) == 0 ? 1 : draw_length(generator)};
}

/// Each line of x through f: a list to a list.
template <class T, class F>
std::vector<double> line_by_line(const Lines& s, const Guarded<T>& x, F f) {
  std::vector<double> out(static_cast<std::size_t>(s.size()));
  for (Index o = 0; o < s.outer; ++o)
    for (Index i = 0; i < s.inner; ++i) {
      std::vector<double> line;
      for (Index t = 0; t < s.length; ++t) line.push_back(static_cast<double>(x[s.at(o, t, i)]));
      const std::vector<double> result = f(line, o, i);
      for (Index t = 0; t < s.length; ++t)
        out[static_cast<std::size_t>(s.at(o, t, i))] = result[static_cast<std::size_t>(t)];
    }
  return out;
}

/// The largest number, and the sum of e^(v - the largest).
struct Exponentials {
  double top, sum = 0;
  explicit Exponentials(const std::vector<double>& line) : top(*std::max_element(line.begin(), line.end())) {
    for (const double v : line) sum += std::exp(v - top);
  }
};

template <class T>
Guarded<T> scaled(Guarded<T> x, T factor) {
  for (T& v : x) v *= factor;
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("softmax and log_softmax of lines in any place, far from 0 too", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 120; ++round) {
    const Lines s = draw_lines(generator);
    CAPTURE(round);
    auto x = scaled(Guarded<T>::random(s.size(), generator), round % 3 == 0 ? T(200) : T(3));
    if (round % 4 == 0)  // some entries take no part, but never a whole line
      for (T& v : x)
        if (s.length > 20 && pick(generator, 0, 9) == 0) v = -std::numeric_limits<T>::infinity();
    Guarded<T> y(s.size()), log_y(s.size());
    softmax(x.data(), y.data(), s.outer, s.length, s.inner);
    log_softmax(x.data(), log_y.data(), s.outer, s.length, s.inner);
    const auto logs = line_by_line(s, x, [](std::vector<double> line, Index, Index) {
      const Exponentials all(line);
      for (double& v : line) v = v - all.top - std::log(all.sum);
      return line;
    });
    CHECK(all_near(log_y, logs, round_off<T>(s.length)));

    // A share's error is relative to itself: that of the sum, and that of x times the size of x.
    const auto shares = line_by_line(s, x, [](std::vector<double> line, Index, Index) {
      const Exponentials all(line);
      for (double& v : line) v = std::exp(v - all.top) / all.sum;
      return line;
    });
    const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
    const double smallest = static_cast<double>(std::numeric_limits<T>::min());
    std::vector<double> sizes;
    for (const double share : shares)
      sizes.push_back(smallest / epsilon +
                      (share > 0 ? share * (8 - std::log(share) + static_cast<double>(s.length)) : 0));
    CHECK(all_near(y, shares, epsilon, sizes));
  }
}

TEST_CASE_TEMPLATE("the gradient of softmax", T, float, double) {
  std::mt19937 generator(2);
  for (int round = 0; round < 120; ++round) {
    const Lines s = draw_lines(generator);
    CAPTURE(round);
    const auto g = Guarded<T>::random(s.size(), generator), y = Guarded<T>::random(s.size(), generator);
    Guarded<T> u(s.size());
    softmax_grad(g.data(), y.data(), u.data(), s.outer, s.length, s.inner);
    const auto expected = line_by_line(s, g, [&](std::vector<double> line, Index o, Index i) {
      double sum = 0;
      for (Index t = 0; t < s.length; ++t)
        sum += line[static_cast<std::size_t>(t)] * static_cast<double>(y[s.at(o, t, i)]);
      for (Index t = 0; t < s.length; ++t) {
        double& v = line[static_cast<std::size_t>(t)];
        v = static_cast<double>(y[s.at(o, t, i)]) * (v - sum);
      }
      return line;
    });
    CHECK(all_near(u, expected, round_off<T>(s.length)));
  }
}

TEST_CASE_TEMPLATE(
    "sparsemax is the nearest point whose entries are not negative and sum to 1", T, float, double) {
  std::mt19937 generator(3);
  for (int round = 0; round < 120; ++round) {
    const Lines s = draw_lines(generator);
    CAPTURE(round);
    const auto x = scaled(Guarded<T>::random(s.size(), generator), T(2));
    Guarded<T> y(s.size()), u(s.size());
    sparsemax(x.data(), y.data(), s.outer, s.length, s.inner);
    const auto expected = line_by_line(s, x, [](std::vector<double> line, Index, Index) {
      // The sum of max(x - t, 0) falls with t: halve the interval in which it is 1.
      double low = *std::max_element(line.begin(), line.end()) - 1, high = low + 1;
      for (int i = 0; i < 200; ++i) {
        const double t = (low + high) / 2;
        double sum = 0;
        for (const double v : line) sum += std::max(v - t, 0.0);
        (sum > 1 ? low : high) = t;
      }
      for (double& v : line) v = std::max(v - low, 0.0);
      return line;
    });
    CHECK(all_near(y, expected, 8 * round_off<T>(s.length)));

    const auto g = Guarded<T>::random(s.size(), generator);
    sparsemax_grad(g.data(), y.data(), u.data(), s.outer, s.length, s.inner);
    const auto gradient = line_by_line(s, g, [&](std::vector<double> line, Index o, Index i) {
      double sum = 0, count = 0;
      for (Index t = 0; t < s.length; ++t)
        if (y[s.at(o, t, i)] > 0) sum += line[static_cast<std::size_t>(t)], count += 1;
      for (Index t = 0; t < s.length; ++t) {
        double& v = line[static_cast<std::size_t>(t)];
        v = y[s.at(o, t, i)] > 0 ? v - sum / count : 0;
      }
      return line;
    });
    CHECK(all_near(u, gradient, round_off<T>(s.length)));
  }
}
