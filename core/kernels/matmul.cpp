#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <xtape/core/kernels/conv1d.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/gemm.hpp>
#include <xtape/core/kernels/matmul.hpp>
#include <xtape/core/thread_pool.hpp>

namespace xtape::kernels {
namespace {

/// A row of matrices: how many, and how far apart they stand in each stack.
struct Batch {
  Index count, a, b, c;
};

template <class T>
void multiply_real(const T* a, const T* b, T* c, const MatmulSizes& s, const Finish<T>& finish) {
  const Index m = s.m, n = s.n, k = s.k;
  if (s.adds) {
    const auto flag = [](bool transposed) { return transposed ? Transpose::yes : Transpose::no; };
    gemm(flag(s.transpose_a), flag(s.transpose_b), m, n, k, T(1), a,
        std::max<Index>(1, s.transpose_a ? m : k), b, std::max<Index>(1, s.transpose_b ? k : n), T(1), c,
        std::max<Index>(1, n));
  } else if (!s.transpose_a && !s.transpose_b) {
    conv1d(a, b, c, {1, m, k, 1, m, n}, finish);
  } else if (!s.transpose_a) {
    conv1d_transpose(a, b, c, {1, m, n, 1, m, k}, finish);
  } else if (!s.transpose_b) {
    conv1d_kernel_grad(a, b, c, {1, k, m, 1, k, n});
    apply(finish, c, m, n);
  } else {
    gemm(Transpose::yes, Transpose::yes, m, n, k, T(1), a, std::max<Index>(1, m), b, std::max<Index>(1, k),
        T(0), c, n);
    apply(finish, c, m, n);
  }
}

template <class T>
void multiply_integers(const T* a, const T* b, T* c, const MatmulSizes& s) {
  const Index a_row = s.transpose_a ? 1 : s.k, a_column = s.transpose_a ? s.m : 1;
  const Index b_row = s.transpose_b ? 1 : s.n, b_column = s.transpose_b ? s.k : 1;
  if (!s.adds) std::fill_n(c, s.m * s.n, T{});
  for (Index p = 0; p < s.m; ++p)
    for (Index q = 0; q < s.k; ++q)
      for (Index r = 0; r < s.n; ++r)
        c[p * s.n + r] += a[p * a_row + q * a_column] * b[q * b_row + r * b_column];
}

template <class T>
void multiply(const T* a, const T* b, T* c, MatmulSizes s, const Batch& batch, const Finish<T>& finish) {
  if constexpr (std::is_floating_point_v<T>) {
    // When only b is shared, the whole batch is one tall product.
    const bool tall = batch.b == 0 && !s.transpose_a && batch.a == s.m * s.k;
    const Index count = tall ? 1 : batch.count;
    if (tall) s.m *= batch.count;
    const auto one = [&](Index i) {
      multiply_real(a + i * batch.a, b + i * batch.b, c + i * batch.c, s, finish);
    };
    const double multiply_adds = static_cast<double>(s.m * s.n) * static_cast<double>(s.k * count);
    if (count > 1 && multiply_adds > worth_threads) return parallel_for(count, one);
    for (Index i = 0; i < count; ++i) one(i);
  } else {
    for (Index i = 0; i < batch.count; ++i)
      multiply_integers(a + i * batch.a, b + i * batch.b, c + i * batch.c, s);
  }
}

}  // namespace

template <class T>
void matmul(const T* a, const T* b, T* c, const MatmulSizes& s, const Finish<T>& finish) {
  const Index a_size = s.m * s.k, b_size = s.k * s.n, c_size = s.m * s.n;
  const Index batches = s.c_batch.size(), rank = s.c_batch.rank();
  if (batches == 0 || c_size == 0) return;
  auto a_strides = broadcast_strides(s.a_batch, s.c_batch),
       b_strides = broadcast_strides(s.b_batch, s.c_batch);
  // Trailing axes of the stack along which a and b move evenly are one batch; the others are walked.
  Batch batch{1, 0, 0, c_size};
  Index axis = rank;
  for (; axis > 0; --axis) {
    const Index length = s.c_batch[axis - 1];
    const Index a_step = a_strides[static_cast<std::size_t>(axis - 1)] * a_size;
    const Index b_step = b_strides[static_cast<std::size_t>(axis - 1)] * b_size;
    if (length == 1) continue;
    if (batch.count == 1) {
      batch.a = a_step;
      batch.b = b_step;
    } else if (a_step != batch.a * batch.count || b_step != batch.b * batch.count) {
      break;
    }
    batch.count *= length;
  }
  std::array<Index, static_cast<std::size_t>(Shape::max_rank)> index{};
  for (Index done = 0; done < batches; done += batch.count, c += batch.count * c_size) {
    multiply(a, b, c, s, batch, finish);
    for (Index i = axis - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      a += a_strides[k] * a_size;
      b += b_strides[k] * b_size;
      if (++index[k] < s.c_batch[i]) break;
      index[k] = 0;
      a -= a_strides[k] * a_size * s.c_batch[i];
      b -= b_strides[k] * b_size * s.c_batch[i];
    }
  }
}

template void matmul(const float*, const float*, float*, const MatmulSizes&, const Finish<float>&);
template void matmul(const double*, const double*, double*, const MatmulSizes&, const Finish<double>&);
template void matmul(
    const std::int32_t*, const std::int32_t*, std::int32_t*, const MatmulSizes&, const Finish<std::int32_t>&);
template void matmul(
    const std::int64_t*, const std::int64_t*, std::int64_t*, const MatmulSizes&, const Finish<std::int64_t>&);

}  // namespace xtape::kernels
