#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <xtape/core/kernels/gemm.hpp>
#include <xtape/core/kernels/linalg.hpp>
#include <xtape/core/kernels/xt.hpp>

#include <xtensor-blas/xblas.hpp>  // first: xlapack.hpp needs its macros
#include <xtensor-blas/xlapack.hpp>

namespace xtape::kernels {
namespace {

/// The LU decomposition of one matrix, in LAPACK's form: that of the transposed one.
template <class T>
class Lu {
 public:
  explicit Lu(Index n)
      : n_(static_cast<int>(n)), lu_(static_cast<std::size_t>(n * n)), pivots_(static_cast<std::size_t>(n)) {}

  /// False when the matrix is singular.
  bool factor(const T* a) {
    std::copy_n(a, lu_.size(), lu_.data());
    return cxxlapack::getrf<int>(n_, n_, lu_.data(), n_, pivots_.data()) == 0;
  }
  /// Solves in place for column-major columns; `transposed` as LAPACK sees it.
  void solve(T* x, Index columns, bool transposed) const {
    cxxlapack::getrs<int>(
        transposed ? 'T' : 'N', n_, static_cast<int>(columns), lu_.data(), n_, pivots_.data(), x, n_);
  }
  T diagonal(Index i) const { return lu_[static_cast<std::size_t>(i * n_ + i)]; }
  /// Each row that was exchanged for another changes the determinant's sign.
  bool is_odd() const {
    bool odd = false;
    for (int i = 0; i < n_; ++i) odd ^= pivots_[static_cast<std::size_t>(i)] != i + 1;
    return odd;
  }

 private:
  int n_;
  std::vector<T> lu_;
  std::vector<int> pivots_;
};

template <class T>
void transpose_into(const T* from, Index rows, Index columns, T* to) {
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
}

/// Calls solve_one(a, x) for every matrix, x being its columns of b in column-major order, and stores x.
template <class T, class SolveOne>
Index solve_each(const T* a, const T* b, T* x, const SolveSizes& s, SolveOne solve_one) {
  use_one_blas_thread();
  if (s.n == 0 || s.columns == 0) return -1;
  std::vector<T> columns(static_cast<std::size_t>(s.n * s.columns));
  for (Index i = 0; i < s.batch; ++i) {
    transpose_into(b + i * s.n * s.columns, s.n, s.columns, columns.data());
    if (!solve_one(a + i * s.n * s.n, columns.data())) return i;
    transpose_into(columns.data(), s.columns, s.n, x + i * s.n * s.columns);
  }
  return -1;
}

}  // namespace

template <class T>
Index solve(const T* a, const T* b, T* x, const SolveSizes& s) {
  Lu<T> lu(s.n);
  return solve_each(a, b, x, s, [&](const T* matrix, T* columns) {
    if (!lu.factor(matrix)) return false;
    lu.solve(columns, s.columns, !s.transpose);
    return true;
  });
}

template <class T>
Index solve_triangular(const T* a, const T* b, T* x, const SolveSizes& s, bool lower) {
  const int n = static_cast<int>(s.n), columns = static_cast<int>(s.columns);
  return solve_each(a, b, x, s, [&](const T* matrix, T* to) {
    return cxxlapack::trtrs<int>(
               lower ? 'U' : 'L', s.transpose ? 'N' : 'T', 'N', n, columns, matrix, n, to, n) == 0;
  });
}

template <class T>
Index inverse(const T* a, T* y, Index batch, Index n) {
  use_one_blas_thread();
  if (n == 0) return -1;
  Lu<T> lu(n);
  for (Index i = 0; i < batch; ++i, a += n * n, y += n * n) {
    if (!lu.factor(a)) return i;
    std::fill_n(y, n * n, T{});
    for (Index k = 0; k < n; ++k) y[k * n + k] = T(1);
    lu.solve(y, n, false);  // the inverse of the transposed matrix in columns is the inverse in rows
  }
  return -1;
}

template <class T>
void determinant(const T* a, T* det, T* sign, T* log_det, Index batch, Index n) {
  use_one_blas_thread();
  Lu<T> lu(n);
  for (Index i = 0; i < batch; ++i, a += n * n) {
    const bool regular = n == 0 || lu.factor(a);
    T product = n > 0 && lu.is_odd() ? T(-1) : T(1), signs = product, logs{};
    for (Index k = 0; k < n; ++k) {
      const T d = lu.diagonal(k);
      product *= d;
      signs = d < 0 ? -signs : signs;
      logs += std::log(std::abs(d));
    }
    if (det) det[i] = regular ? product : T{};
    if (sign) sign[i] = regular ? (std::isnan(logs) ? logs : signs) : T{};
    if (log_det) log_det[i] = regular ? logs : -std::numeric_limits<T>::infinity();
  }
}

template <class T>
Index cholesky(const T* a, T* y, Index batch, Index n) {
  use_one_blas_thread();
  if (n == 0) return -1;
  for (Index i = 0; i < batch; ++i, a += n * n, y += n * n) {
    for (Index r = 0; r < n; ++r)
      for (Index c = 0; c < n; ++c) y[r * n + c] = c <= r ? (a[r * n + c] + a[c * n + r]) / 2 : T{};
    if (cxxlapack::potrf<int>('U', static_cast<int>(n), y, static_cast<int>(n)) != 0) return i;
  }
  return -1;
}

template Index solve<float>(const float*, const float*, float*, const SolveSizes&);
template Index solve<double>(const double*, const double*, double*, const SolveSizes&);
template Index solve_triangular<float>(const float*, const float*, float*, const SolveSizes&, bool);
template Index solve_triangular<double>(const double*, const double*, double*, const SolveSizes&, bool);
template Index inverse<float>(const float*, float*, Index, Index);
template Index inverse<double>(const double*, double*, Index, Index);
template void determinant<float>(const float*, float*, float*, float*, Index, Index);
template void determinant<double>(const double*, double*, double*, double*, Index, Index);
template Index cholesky<float>(const float*, float*, Index, Index);
template Index cholesky<double>(const double*, double*, Index, Index);

}  // namespace xtape::kernels
