#include <cblas.h>

#include <algorithm>
#include <limits>
#include <xtape/core/kernels/gemm.hpp>

// Present in OpenBLAS only; with another BLAS the address is null.
extern "C" void openblas_set_num_threads(int count) __attribute__((weak));

namespace xtape::kernels {

void use_one_blas_thread() {
  [[maybe_unused]] static const bool done = [] {
    if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
    return true;
  }();
}

namespace {

void blas_gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha, const float* a,
    int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void blas_gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha, const double* a,
    int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void blas_gemv(CBLAS_TRANSPOSE ta, int rows, int columns, float alpha, const float* a, int lda,
    const float* x, int x_stride, float beta, float* y, int y_stride) {
  cblas_sgemv(CblasRowMajor, ta, rows, columns, alpha, a, lda, x, x_stride, beta, y, y_stride);
}

void blas_gemv(CBLAS_TRANSPOSE ta, int rows, int columns, double alpha, const double* a, int lda,
    const double* x, int x_stride, double beta, double* y, int y_stride) {
  cblas_dgemv(CblasRowMajor, ta, rows, columns, alpha, a, lda, x, x_stride, beta, y, y_stride);
}

// For sizes that BLAS's 32-bit integers cannot hold.
template <class T>
void plain_gemm(bool ta, bool tb, Index m, Index n, Index k, T alpha, const T* a, Index lda, const T* b,
    Index ldb, T beta, T* c, Index ldc) {
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      T sum = 0;
      for (Index l = 0; l < k; ++l)
        sum += (ta ? a[l * lda + i] : a[i * lda + l]) * (tb ? b[j * ldb + l] : b[l * ldb + j]);
      T& out = c[i * ldc + j];
      out = beta == T(0) ? alpha * sum : alpha * sum + beta * out;
    }
}

}  // namespace

template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, Index m, Index n, Index k, T alpha, const T* a,
    Index lda, const T* b, Index ldb, T beta, T* c, Index ldc) {
  if (m <= 0 || n <= 0) return;
  const bool ta = transpose_a == Transpose::yes, tb = transpose_b == Transpose::yes;
  constexpr Index largest = std::numeric_limits<int>::max();
  if (k <= 0 || std::max({m, n, k, lda, ldb, ldc}) > largest)
    return plain_gemm(ta, tb, m, n, std::max<Index>(k, 0), alpha, a, lda, b, ldb, beta, c, ldc);

  use_one_blas_thread();
  const auto as_int = [](Index value) { return static_cast<int>(value); };
  const auto flag = [](bool transposed) { return transposed ? CblasTrans : CblasNoTrans; };
  if (n == 1)  // a matrix times a column
    return blas_gemv(flag(ta), as_int(ta ? k : m), as_int(ta ? m : k), alpha, a, as_int(lda), b,
        as_int(tb ? 1 : ldb), beta, c, as_int(ldc));
  if (m == 1)  // a row times a matrix
    return blas_gemv(flag(!tb), as_int(tb ? n : k), as_int(tb ? k : n), alpha, b, as_int(ldb), a,
        as_int(ta ? lda : 1), beta, c, 1);
  blas_gemm(flag(ta), flag(tb), as_int(m), as_int(n), as_int(k), alpha, a, as_int(lda), b, as_int(ldb), beta,
      c, as_int(ldc));
}

template void gemm(Transpose, Transpose, Index, Index, Index, float, const float*, Index, const float*, Index,
    float, float*, Index);
template void gemm(Transpose, Transpose, Index, Index, Index, double, const double*, Index, const double*,
    Index, double, double*, Index);

}  // namespace xtape::kernels
