#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/gemm.hpp>
#include <xtape/core/kernels/matmul.hpp>

namespace xtape::kernels {
namespace {

/// A row of matrices: how many, and how far apart they stand in each stack.
struct Batch {
  Index count, a, b, c;
};

template <class T>
void multiply(const T* a, const T* b, T* c, const MatmulSizes& s, const Batch& batch) {
  const Index lda = std::max<Index>(1, s.transpose_a ? s.m : s.k);
  const Index ldb = std::max<Index>(1, s.transpose_b ? s.k : s.n), ldc = std::max<Index>(1, s.n);
  if constexpr (std::is_floating_point_v<T>) {
    const auto flag = [](bool transposed) { return transposed ? Transpose::yes : Transpose::no; };
    gemm_batched(batch.count, flag(s.transpose_a), flag(s.transpose_b), s.m, s.n, s.k, T(1), a, lda, batch.a,
        b, ldb, batch.b, T(s.adds ? 1 : 0), c, ldc, batch.c);
  } else {
    const Index a_row = s.transpose_a ? 1 : lda, a_column = s.transpose_a ? lda : 1;
    const Index b_row = s.transpose_b ? 1 : ldb, b_column = s.transpose_b ? ldb : 1;
    for (Index i = 0; i < batch.count; ++i, a += batch.a, b += batch.b, c += batch.c) {
      if (!s.adds) std::fill_n(c, s.m * s.n, T{});
      for (Index p = 0; p < s.m; ++p)
        for (Index q = 0; q < s.k; ++q)
          for (Index r = 0; r < s.n; ++r)
            c[p * ldc + r] += a[p * a_row + q * a_column] * b[q * b_row + r * b_column];
    }
  }
}

}  // namespace

template <class T>
void matmul(const T* a, const T* b, T* c, const MatmulSizes& s) {
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
    multiply(a, b, c, s, batch);
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

template void matmul<float>(const float*, const float*, float*, const MatmulSizes&);
template void matmul<double>(const double*, const double*, double*, const MatmulSizes&);
template void matmul<std::int32_t>(
    const std::int32_t*, const std::int32_t*, std::int32_t*, const MatmulSizes&);
template void matmul<std::int64_t>(
    const std::int64_t*, const std::int64_t*, std::int64_t*, const MatmulSizes&);

}  // namespace xtape::kernels
