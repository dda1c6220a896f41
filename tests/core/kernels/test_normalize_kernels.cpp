// Normalization by rows and by columns next to its formulas, in double.
#include <xtape/core/kernels/normalize.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

using Numbers = std::vector<double>;

template <class T>
struct Input {
  NormalizeSizes s;
  Guarded<T> x, g, scale, offset, mean, inverse_deviation;
  bool scaled, shifted;

  explicit Input(std::mt19937& generator)
      : s{draw_length(generator, 1), draw_length(generator, 1), pick(generator, 0, 1) == 1,
            pick(generator, 0, 3) > 0},
        x(Guarded<T>::random(s.rows * s.columns, generator)),
        g(Guarded<T>::random(s.rows * s.columns, generator)),
        scale(Guarded<T>::random(s.columns, generator)),
        offset(Guarded<T>::random(s.columns, generator)),
        mean(Guarded<T>::random(s.groups(), generator)),
        inverse_deviation(Guarded<T>::random(s.groups(), generator)),
        scaled(pick(generator, 0, 1) == 1),
        shifted(pick(generator, 0, 1) == 1) {
    if (!s.centered)
      for (T& m : mean) m = T(0);
  }

  Standard<T> standard() const { return {mean.data(), inverse_deviation.data()}; }
  const T* scale_or_null() const { return scaled ? scale.data() : nullptr; }
  Index group(Index row, Index column) const { return s.of_rows ? row : column; }
  double number(const Guarded<T>& from, Index row, Index column) const {
    return static_cast<double>(from[row * s.columns + column]);
  }
  double z(Index row, Index column) const {
    const Index i = group(row, column);
    return (number(x, row, column) - static_cast<double>(mean[i])) *
           static_cast<double>(inverse_deviation[i]);
  }
  /// g scale
  double h(Index row, Index column) const {
    return number(g, row, column) * (scaled ? static_cast<double>(scale[column]) : 1);
  }
  /// f(row, column) for every element, in order.
  template <class F>
  Numbers each(F f) const {
    Numbers out;
    for (Index row = 0; row < s.rows; ++row)
      for (Index column = 0; column < s.columns; ++column) out.push_back(f(row, column));
    return out;
  }
  /// The mean of f(row, column) over each group.
  template <class F>
  Numbers group_means(F f) const {
    Numbers out(static_cast<std::size_t>(s.groups()));
    for (Index row = 0; row < s.rows; ++row)
      for (Index column = 0; column < s.columns; ++column)
        out[static_cast<std::size_t>(group(row, column))] += f(row, column) / static_cast<double>(s.length());
    return out;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("means and variances", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 200; ++round) {
    const Input<T> in(generator);
    CAPTURE(round);
    Guarded<T> mean(in.s.groups()), variance(in.s.groups());
    moments(in.x.data(), mean.data(), variance.data(), in.s);
    Numbers means = in.group_means([&](Index r, Index c) { return in.number(in.x, r, c); });
    if (!in.s.centered) means.assign(means.size(), 0);
    const Numbers variances = in.group_means([&](Index r, Index c) {
      const double d = in.number(in.x, r, c) - means[static_cast<std::size_t>(in.group(r, c))];
      return d * d;
    });
    CHECK(all_near(mean, means, round_off<T>(in.s.length())));
    CHECK(all_near(variance, variances, round_off<T>(in.s.length())));
  }
}

TEST_CASE_TEMPLATE("normalized numbers, with and without scale and offset", T, float, double) {
  std::mt19937 generator(2);
  for (int round = 0; round < 200; ++round) {
    const Input<T> in(generator);
    CAPTURE(round);
    Guarded<T> y(in.x.size());
    normalize(in.x.data(), in.standard(), in.scale_or_null(), in.shifted ? in.offset.data() : nullptr,
        y.data(), in.s);
    const Numbers expected = in.each([&](Index r, Index c) {
      return in.z(r, c) * (in.scaled ? static_cast<double>(in.scale[c]) : 1) +
             (in.shifted ? static_cast<double>(in.offset[c]) : 0);
    });
    CHECK(all_near(y, expected, round_off<T>(4)));
  }
}

TEST_CASE_TEMPLATE("the gradients of x and of scale", T, float, double) {
  std::mt19937 generator(3);
  for (int round = 0; round < 200; ++round) {
    const Input<T> in(generator);
    CAPTURE(round);
    Guarded<T> u(in.x.size()), s(in.s.columns);
    normalize_grad(in.g.data(), in.x.data(), in.standard(), in.scale_or_null(), u.data(), in.s);
    normalize_scale_grad(in.g.data(), in.x.data(), in.standard(), s.data(), in.s);
    Numbers h_means = in.group_means([&](Index r, Index c) { return in.h(r, c); });
    if (!in.s.centered) h_means.assign(h_means.size(), 0);
    const Numbers hz_means = in.group_means([&](Index r, Index c) { return in.h(r, c) * in.z(r, c); });
    const Numbers expected_u = in.each([&](Index r, Index c) {
      const auto i = static_cast<std::size_t>(in.group(r, c));
      return static_cast<double>(in.inverse_deviation[in.group(r, c)]) *
             (in.h(r, c) - h_means[i] - in.z(r, c) * hz_means[i]);
    });
    Numbers expected_s(static_cast<std::size_t>(in.s.columns));
    for (Index r = 0; r < in.s.rows; ++r)
      for (Index c = 0; c < in.s.columns; ++c)
        expected_s[static_cast<std::size_t>(c)] += in.number(in.g, r, c) * in.z(r, c);
    CHECK(all_near(u, expected_u, 4 * round_off<T>(in.s.length())));
    CHECK(all_near(s, expected_s, 4 * round_off<T>(in.s.rows)));
  }
}
