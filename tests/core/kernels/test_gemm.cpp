#include <cmath>
#include <xtape/core/kernels/gemm.hpp>

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

TEST_CASE_TEMPLATE("gemm_batched is a gemm per matrix, with or without a shared operand", T, float, double) {
  std::mt19937 generator(2);
  const Index batch = 3, m = 4, n = 5, k = 6;
  for (const bool share_a : {false, true})
    for (const bool share_b : {false, true})
      for (const Index gap : {0, 2}) {
        CAPTURE(share_a);
        CAPTURE(share_b);
        CAPTURE(gap);
        const Index stride_a = share_a ? 0 : m * k, stride_b = share_b ? 0 : k * n, stride_c = m * n + gap;
        const auto a = Guarded<T>::random(batch * m * k, generator),
                   b = Guarded<T>::random(batch * k * n, generator);
        Guarded<T> c(batch * stride_c, T(7));
        gemm_batched(batch, Transpose::no, Transpose::no, m, n, k, T(1), a.data(), k, stride_a, b.data(), n,
            stride_b, T(0), c.data(), n, stride_c);
        for (Index i = 0; i < batch; ++i) {
          Guarded<T> expected(m * n);
          gemm(Transpose::no, Transpose::no, m, n, k, T(1), a.data() + i * stride_a, k,
              b.data() + i * stride_b, n, T(0), expected.data(), n);
          for (Index j = 0; j < m * n; ++j)
            CHECK(c[i * stride_c + j] == doctest::Approx(double(expected[j])));
          for (Index j = m * n; j < stride_c; ++j) CHECK(c[i * stride_c + j] == T(7));
        }
        CHECK(c.guards_intact());
      }
  gemm_batched(Index(0), Transpose::no, Transpose::no, m, n, k, T(1), static_cast<const T*>(nullptr), k,
      Index(0), static_cast<const T*>(nullptr), n, Index(0), T(0), static_cast<T*>(nullptr), n, Index(0));
}
