#include <cmath>
#include <xtape/core/kernels/gemm.hpp>
#include <xtape/core/kernels/matmul.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using xtape::testing::Guarded;

namespace {

// The matrices of one product; `element` addresses op(a)[i, l] and so on in storage.
struct Product {
  Index m, n, k, lda, ldb, ldc;
  bool ta, tb;
  Index a(Index i, Index l) const { return ta ? l * lda + i : i * lda + l; }
  Index b(Index l, Index j) const { return tb ? j * ldb + l : l * ldb + j; }
};

Product draw(std::mt19937& generator) {
  const auto pick = [&](Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(generator);
  };
  Product p{};
  const Index largest = pick(0, 3) == 0 ? 40 : 4;
  p.m = pick(0, largest), p.n = pick(0, largest), p.k = pick(0, largest);
  p.ta = pick(0, 1) == 1, p.tb = pick(0, 1) == 1;
  p.lda = std::max<Index>(1, p.ta ? p.m : p.k) + pick(0, 3);
  p.ldb = std::max<Index>(1, p.tb ? p.k : p.n) + pick(0, 3);
  p.ldc = std::max<Index>(1, p.n) + pick(0, 3);
  return p;
}

Transpose flag(bool transposed) { return transposed ? Transpose::yes : Transpose::no; }

}  // namespace

TEST_CASE_TEMPLATE(
    "gemm agrees with the triple loop for every transpose, size and leading dimension", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 500; ++round) {
    const Product p = draw(generator);
    CAPTURE(round);
    CAPTURE(p.m);
    CAPTURE(p.n);
    CAPTURE(p.k);
    CAPTURE(p.ta);
    CAPTURE(p.tb);
    const auto a = Guarded<T>::random((p.ta ? p.k : p.m) * p.lda, generator);
    const auto b = Guarded<T>::random((p.tb ? p.n : p.k) * p.ldb, generator);
    const T alpha = T(0.5), beta = round % 3 == 0 ? T(0) : T(-1.5);
    const auto before = Guarded<T>::random(p.m * p.ldc, generator);
    auto c = before;
    if (beta == T(0))  // must not be read
      for (Index i = 0; i < p.m; ++i)
        for (Index j = 0; j < p.n; ++j) c.data()[i * p.ldc + j] = std::numeric_limits<T>::quiet_NaN();
    gemm(flag(p.ta), flag(p.tb), p.m, p.n, p.k, alpha, a.data(), p.lda, b.data(), p.ldb, beta, c.data(),
        p.ldc);

    double worst = 0;
    bool padding_kept = true;
    for (Index i = 0; i < p.m; ++i)
      for (Index j = 0; j < p.ldc; ++j) {
        const Index at = i * p.ldc + j;
        if (j >= p.n) {
          padding_kept = padding_kept && c[at] == before[at];
          continue;
        }
        double sum = 0;
        for (Index l = 0; l < p.k; ++l) sum += double(a[p.a(i, l)]) * double(b[p.b(l, j)]);
        const double expected =
            double(alpha) * sum + (beta == T(0) ? 0.0 : double(beta) * double(before[at]));
        const double difference = std::abs(double(c[at]) - expected);
        worst = difference <= worst ? worst : difference;  // keeps a NaN
      }
    CHECK(worst <= 100 * double(std::numeric_limits<T>::epsilon()));
    CHECK(padding_kept);
    CHECK(c.guards_intact());
  }
}

TEST_CASE_TEMPLATE(
    "matmul agrees with the triple loop for every transpose, stack and finish", T, float, double) {
  std::mt19937 generator(2);
  std::uniform_int_distribution<Index> length(0, 40), stack(1, 3), coin(0, 1);
  for (int round = 0; round < 300; ++round) {
    const Index m = length(generator), n = length(generator), k = length(generator);
    const Index outer = stack(generator), count = stack(generator);
    const bool ta = coin(generator) == 1, tb = coin(generator) == 1;
    const Shape all{outer, count}, a_batch{outer, coin(generator) == 1 ? count : 1},
        b_batch = coin(generator) == 1 ? all : Shape{1};
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    CAPTURE(ta);
    CAPTURE(tb);
    CAPTURE(a_batch);
    CAPTURE(b_batch);
    const auto a = Guarded<T>::random(a_batch.size() * m * k, generator),
               b = Guarded<T>::random(b_batch.size() * k * n, generator),
               bias = Guarded<T>::random(n, generator);
    const Finish<T> finish{coin(generator) == 1 ? bias.data() : nullptr, coin(generator) == 1};
    Guarded<T> c(all.size() * m * n);
    matmul(a.data(), b.data(), c.data(), {m, n, k, ta, tb, a_batch, b_batch, all}, finish);

    double worst = 0;
    for (Index i = 0; i < all.size(); ++i) {
      const T* a_i = a.data() + (a_batch.back() == 1 && count > 1 ? i / count : i) * m * k;
      const T* b_i = b.data() + (b_batch.size() == 1 ? 0 : i) * k * n;
      for (Index p = 0; p < m; ++p)
        for (Index q = 0; q < n; ++q) {
          double sum = finish.bias != nullptr ? double(bias[q]) : 0;
          for (Index l = 0; l < k; ++l)
            sum += double(a_i[ta ? l * m + p : p * k + l]) * double(b_i[tb ? q * k + l : l * n + q]);
          if (finish.relu) sum = std::max(sum, 0.0);
          const double error = std::abs(double(c[(i * m + p) * n + q]) - sum);
          worst = error <= worst ? worst : error;
        }
    }
    CHECK(worst < 100 * double(std::numeric_limits<T>::epsilon()));
    CHECK(c.guards_intact());
  }
}
