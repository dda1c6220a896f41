// Linear algebra next to Gauss's elimination and Cholesky's formula, in long double.
#include <algorithm>
#include <xtape/core/kernels/linalg.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

/// A matrix of n rows.
struct Matrix {
  Index n, columns;
  std::vector<long double> numbers;
  Matrix(Index rows, Index columns_)
      : n(rows), columns(columns_), numbers(static_cast<std::size_t>(rows * columns_)) {}
  long double& at(Index i, Index j) { return numbers[static_cast<std::size_t>(i * columns + j)]; }
};

template <class T>
Matrix matrix_at(const T* from, Index n, Index columns) {
  Matrix m(n, columns);
  std::copy_n(from, n * columns, m.numbers.begin());
  return m;
}

Matrix transposed(Matrix a) {
  for (Index i = 0; i < a.n; ++i)
    for (Index j = 0; j < i; ++j) std::swap(a.at(i, j), a.at(j, i));
  return a;
}

/// Turns `a` into the unit matrix by operations on rows, done to b as well, which becomes the solution; the determinant.
long double eliminate(Matrix a, Matrix& b) {
  long double determinant = 1;
  for (Index k = 0; k < a.n; ++k) {
    Index pivot = k;
    for (Index i = k; i < a.n; ++i)
      if (std::abs(a.at(i, k)) > std::abs(a.at(pivot, k))) pivot = i;
    for (Index j = 0; j < a.n; ++j) std::swap(a.at(k, j), a.at(pivot, j));
    for (Index j = 0; j < b.columns; ++j) std::swap(b.at(k, j), b.at(pivot, j));
    const long double head = a.at(k, k);
    determinant *= pivot == k ? head : -head;
    for (Index j = 0; j < a.n; ++j) a.at(k, j) /= head;
    for (Index j = 0; j < b.columns; ++j) b.at(k, j) /= head;
    for (Index i = 0; i < a.n; ++i) {
      if (i == k) continue;
      const long double factor = a.at(i, k);
      for (Index j = 0; j < a.n; ++j) a.at(i, j) -= factor * a.at(k, j);
      for (Index j = 0; j < b.columns; ++j) b.at(i, j) -= factor * b.at(k, j);
    }
  }
  return determinant;
}

/// Small numbers but for one of size 2 in each row and column: far from singular, and rows have to be exchanged.
template <class T>
Guarded<T> regular(Index batch, Index n, std::mt19937& generator) {
  auto a = Guarded<T>::random(batch * n * n, generator);
  for (T& v : a) v /= std::sqrt(static_cast<T>(n));
  std::vector<Index> order;
  for (Index i = 0; i < n; ++i) order.push_back(i);
  for (Index k = 0; k < batch; ++k) {
    std::shuffle(order.begin(), order.end(), generator);
    for (Index i = 0; i < n; ++i)
      a.data()[(k * n + i) * n + order[static_cast<std::size_t>(i)]] =
          pick(generator, 0, 1) == 0 ? T(2) : T(-2);
  }
  return a;
}

Index draw_size(std::mt19937& generator) {
  return pick(generator, 0, 3) == 0 ? pick(generator, 14, 34) : pick(generator, 0, 8);
}

void append(std::vector<double>& to, const Matrix& m) {
  for (const long double v : m.numbers) to.push_back(static_cast<double>(v));
}

constexpr Index none = -1;

}  // namespace

TEST_CASE_TEMPLATE("solutions and inverses", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 100; ++round) {
    const SolveSizes s{pick(generator, 0, 3), draw_size(generator), draw_size(generator), round % 2 == 1};
    CAPTURE(s.n);
    CAPTURE(s.columns);
    CAPTURE(s.transpose);
    const auto a = regular<T>(s.batch, s.n, generator);
    const auto b = Guarded<T>::random(s.batch * s.n * s.columns, generator);
    Guarded<T> x(b.size()), y(a.size());
    CHECK(solve(a.data(), b.data(), x.data(), s) == none);
    CHECK(inverse(a.data(), y.data(), s.batch, s.n) == none);
    std::vector<double> solutions, inverses;
    for (Index k = 0; k < s.batch; ++k) {
      const Matrix one = matrix_at(a.data() + k * s.n * s.n, s.n, s.n);
      Matrix right = matrix_at(b.data() + k * s.n * s.columns, s.n, s.columns), unit(s.n, s.n);
      for (Index i = 0; i < s.n; ++i) unit.at(i, i) = 1;
      eliminate(s.transpose ? transposed(one) : one, right);
      eliminate(one, unit);
      append(solutions, right);
      append(inverses, unit);
    }
    CHECK(all_near(x, solutions, 8 * round_off<T>(s.n)));
    CHECK(all_near(y, inverses, 8 * round_off<T>(s.n)));
  }
}

TEST_CASE_TEMPLATE("triangular systems, of which the other half is not read", T, float, double) {
  std::mt19937 generator(2);
  for (int round = 0; round < 100; ++round) {
    const SolveSizes s{pick(generator, 0, 3), draw_size(generator), draw_size(generator), round % 2 == 1};
    const bool lower = round % 4 > 1;
    CAPTURE(s.n);
    CAPTURE(s.columns);
    CAPTURE(s.transpose);
    CAPTURE(lower);
    auto a = Guarded<T>::random(s.batch * s.n * s.n, generator);
    const auto b = Guarded<T>::random(s.batch * s.n * s.columns, generator);
    Guarded<T> x(b.size());
    std::vector<double> solutions;
    for (Index k = 0; k < s.batch; ++k) {
      T* one = a.data() + k * s.n * s.n;
      for (Index i = 0; i < s.n; ++i)
        for (Index j = 0; j < s.n; ++j) {
          T& v = one[i * s.n + j];
          v = i == j ? std::copysign(std::abs(v) + T(1), v) : v / std::sqrt(static_cast<T>(s.n));
          if (lower ? j > i : j < i) v = T(0);
        }
      Matrix right = matrix_at(b.data() + k * s.n * s.columns, s.n, s.columns);
      const Matrix left = matrix_at(one, s.n, s.n);
      eliminate(s.transpose ? transposed(left) : left, right);
      append(solutions, right);
      for (Index i = 0; i < s.n; ++i)
        for (Index j = 0; j < s.n; ++j)
          if (lower ? j > i : j < i) one[i * s.n + j] = std::numeric_limits<T>::quiet_NaN();
    }
    CHECK(solve_triangular(a.data(), b.data(), x.data(), s, lower) == none);
    CHECK(all_near(x, solutions, 8 * round_off<T>(s.n)));
  }
}

TEST_CASE_TEMPLATE("determinants, any of the three asked for", T, float, double) {
  std::mt19937 generator(3);
  for (int round = 0; round < 100; ++round) {
    const Index batch = pick(generator, 0, 4), n = draw_size(generator);
    CAPTURE(n);
    auto a = regular<T>(batch, n, generator);
    const Index singular = n > 0 && batch > 0 && round % 4 == 0 ? pick(generator, 0, batch - 1) : none;
    if (singular != none) std::fill_n(a.data() + singular * n * n, n, T(0));
    Guarded<T> det(batch), sign(batch), log_det(batch);
    const int asked = round % 8;  // a bit for each
    determinant(a.data(), asked & 1 ? nullptr : det.data(), asked & 2 ? nullptr : sign.data(),
        asked & 4 ? nullptr : log_det.data(), batch, n);
    std::vector<double> relative, signs, logs;
    for (Index k = 0; k < batch; ++k) {
      Matrix nothing(n, 0);
      const long double d = k == singular ? 0 : eliminate(matrix_at(a.data() + k * n * n, n, n), nothing);
      relative.push_back(k == singular ? 0 : 1);
      signs.push_back(d > 0 ? 1 : d < 0 ? -1 : 0);
      logs.push_back(static_cast<double>(std::log(std::abs(d))));
      if (k != singular && !(asked & 1)) det.data()[k] /= static_cast<T>(d);
    }
    if (!(asked & 1)) CHECK(all_near(det, relative, 8 * round_off<T>(n)));
    if (!(asked & 2)) CHECK(all_near(sign, signs, 0));
    if (!(asked & 4)) CHECK(all_near(log_det, logs, 8 * round_off<T>(n)));
  }
}

TEST_CASE_TEMPLATE("Cholesky's factor of the symmetric part", T, float, double) {
  std::mt19937 generator(4);
  for (int round = 0; round < 100; ++round) {
    const Index batch = pick(generator, 0, 3), n = draw_size(generator);
    CAPTURE(n);
    auto a = Guarded<T>::random(batch * n * n, generator);
    Guarded<T> y(a.size());
    std::vector<double> factors;
    for (Index k = 0; k < batch; ++k) {
      T* one = a.data() + k * n * n;
      for (Index i = 0; i < n * n; ++i) one[i] /= std::sqrt(static_cast<T>(n));
      for (Index i = 0; i < n; ++i) one[i * n + i] += T(3);
      Matrix m = matrix_at(one, n, n), l(n, n);
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; j <= i; ++j) {
          long double rest = (m.at(i, j) + m.at(j, i)) / 2;
          for (Index p = 0; p < j; ++p) rest -= l.at(i, p) * l.at(j, p);
          l.at(i, j) = i == j ? std::sqrt(rest) : rest / l.at(j, j);
        }
      append(factors, l);
    }
    CHECK(cholesky(a.data(), y.data(), batch, n) == none);
    CHECK(all_near(y, factors, 2 * round_off<T>(n)));
  }
}

TEST_CASE_TEMPLATE("the first matrix that cannot be treated is told", T, float, double) {
  std::mt19937 generator(5);
  for (int round = 0; round < 40; ++round) {
    const Index batch = pick(generator, 1, 5), n = pick(generator, 1, 20),
                first = pick(generator, 0, batch - 1);
    CAPTURE(n);
    Guarded<T> a(batch * n * n, T(0)), x(a.size());
    for (Index i = 0; i < first * n; ++i) a.data()[i * n + i % n] = T(2);  // zeros from the first on
    const SolveSizes s{batch, n, n};
    CHECK(solve(a.data(), a.data(), x.data(), s) == first);
    CHECK(solve_triangular(a.data(), a.data(), x.data(), s, true) == first);
    CHECK(inverse(a.data(), x.data(), batch, n) == first);
    CHECK(cholesky(a.data(), x.data(), batch, n) == first);
    CHECK(x.guards_intact());
  }
}
