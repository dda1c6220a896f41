/// Matrix products. The one place that calls BLAS.
///
/// BLAS runs on one thread here: xtape's own pool spreads work over samples, and results must not depend on the
/// number of threads.
#pragma once

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// Tells BLAS and LAPACK to stay on the calling thread. Every function that calls them does so first.
void use_one_blas_thread();

/// Says whether a matrix is used as it stands in memory or transposed.
enum class Transpose { no, yes };

/// c = alpha * op(a) op(b) + beta * c, all matrices row-major, op(a) of shape (m, k), op(b) of (k, n), c of (m, n).
///
/// lda, ldb, ldc: elements from one stored row to the next, at least the length of a stored row (which is k for `a`
/// as it stands, m for a transposed `a`, and so on).
/// beta = 0 overwrites c without reading it. Any size may be 0; with k = 0 the result is beta * c.
/// T: float or double.
template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, Index m, Index n, Index k, T alpha, const T* a,
    Index lda, const T* b, Index ldb, T beta, T* c, Index ldc);

}  // namespace xtape::kernels
