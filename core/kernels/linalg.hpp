// Linear algebra on stacks of square matrices, by LAPACK. Real numbers only: T is float or double.
//
// Matrices are row-major and contiguous. LAPACK's are column-major, so it sees the transposed matrix; the functions allow
// for that. All of them return the number of the first matrix that cannot be treated, or -1 when all is well.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// a and op(a) are (batch, n, n); b and x are (batch, n, columns).
struct SolveSizes {
  Index batch, n, columns;
  bool transpose = false;  ///< op(a) is a transposed
};

/// Solves op(a) x = b by LU decomposition. Fails at a singular matrix.
template <class T>
Index solve(const T* a, const T* b, T* x, const SolveSizes& sizes);

/// The same for a triangular `a`, of which only one half is read.
template <class T>
Index solve_triangular(const T* a, const T* b, T* x, const SolveSizes& sizes, bool lower);

/// y = the inverse of a. Fails at a singular matrix.
template <class T>
Index inverse(const T* a, T* y, Index batch, Index n);

/// The determinant as det, and as its sign (-1, 0 or 1) and ln |det|. Any of the three may be null.
template <class T>
void determinant(const T* a, T* det, T* sign, T* log_det, Index batch, Index n);

/// y = the lower triangular L with L L^T = (a + a^T) / 2, and zeros above. Fails where that is not positive definite.
template <class T>
Index cholesky(const T* a, T* y, Index batch, Index n);

}  // namespace xtape::kernels
