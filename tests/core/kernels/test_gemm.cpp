#include <algorithm>
#include <cmath>
#include <xtape/core/kernels/gemm.hpp>
#include <xtape/core/kernels/matmul.hpp>

#include "indices.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

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

namespace {

template <class T>
struct Stacks {
  MatmulSizes s;
  Guarded<T> a, b, bias, before;

  Stacks(const MatmulSizes& sizes, std::mt19937& generator)
      : s(sizes),
        a(Guarded<T>::random(s.a_batch.size() * s.m * s.k, generator)),
        b(Guarded<T>::random(s.b_batch.size() * s.k * s.n, generator)),
        bias(Guarded<T>::random(s.n, generator)),
        before(Guarded<T>::random(s.c_batch.size() * s.m * s.n, generator)) {}

  Guarded<T> product(const Finish<T>& finish) const {
    Guarded<T> c = s.adds ? before : Guarded<T>(before.size());
    matmul(a.data(), b.data(), c.data(), s, finish);
    return c;
  }

  std::vector<double> by_definition(const Finish<T>& finish) const {
    std::vector<double> c;
    for (Index i = 0; i < s.c_batch.size(); ++i) {
      const Indices index = unravel(i, s.c_batch);
      const T* a_i = a.data() + place_in(s.a_batch, index, s.c_batch) * s.m * s.k;
      const T* b_i = b.data() + place_in(s.b_batch, index, s.c_batch) * s.k * s.n;
      for (Index p = 0; p < s.m; ++p)
        for (Index q = 0; q < s.n; ++q) {
          double sum = finish.bias != nullptr ? static_cast<double>(bias[q]) : 0;
          if (s.adds) sum = static_cast<double>(before[(i * s.m + p) * s.n + q]);
          for (Index l = 0; l < s.k; ++l)
            sum += static_cast<double>(a_i[s.transpose_a ? l * s.m + p : p * s.k + l]) *
                   static_cast<double>(b_i[s.transpose_b ? q * s.k + l : l * s.n + q]);
          c.push_back(finish.relu ? std::max(sum, 0.0) : sum);
        }
    }
    return c;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("matmul agrees with the triple loop for every transpose, stack and finish", T, float,
    double, std::int32_t, std::int64_t) {
  std::mt19937 generator(2);
  for (int round = 0; round < 300; ++round) {
    const auto coin = [&] { return pick(generator, 0, 1) == 1; };
    const auto length = [&] { return pick(generator, 0, pick(generator, 0, 1) == 0 ? 40 : 5); };
    MatmulSizes s{length(), length(), length(), coin(), coin(), {}, {}, draw_shape(generator, 0, 12), coin()};
    s.a_batch = coin() ? s.c_batch : draw_repeated(s.c_batch, generator);
    s.b_batch = coin() ? s.c_batch : draw_repeated(s.c_batch, generator);
    CAPTURE(s.m);
    CAPTURE(s.n);
    CAPTURE(s.k);
    CAPTURE(s.transpose_a);
    CAPTURE(s.transpose_b);
    CAPTURE(s.a_batch);
    CAPTURE(s.b_batch);
    CAPTURE(s.adds);
    const Stacks<T> stacks(s, generator);
    Finish<T> finish;
    if (std::is_floating_point_v<T> && !s.adds) finish = {coin() ? stacks.bias.data() : nullptr, coin()};
    CHECK(all_near(stacks.product(finish), stacks.by_definition(finish), round_off<T>(s.k)));
  }
}

TEST_CASE_TEMPLATE("stacks of products are the same for any number of threads", T, float, double) {
  std::mt19937 generator(3);
  for (const bool transpose_a : {false, true})
    for (const bool adds : {false, true}) {
      const Stacks<T> stacks(
          {50, 33, 40, transpose_a, !transpose_a, Shape{25}, Shape{25}, Shape{25}, adds}, generator);
      const auto product = [&](int threads) {
        const Threads scope(threads);
        return stacks.product({});
      };
      const auto alone = product(1), together = product(3);
      CHECK(std::equal(alone.begin(), alone.end(), together.begin()));
      CHECK(all_near(together, stacks.by_definition({}), round_off<T>(stacks.s.k)));
    }
}
