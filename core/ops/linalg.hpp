// Linear algebra on square matrices, and on stacks of them: matrices are the last two axes.
//
// float32 or float64. All throw ValueError for matrices that are not square, and name the first matrix of a stack that is
// singular or not positive definite.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// y = a^-1
Tensor inv(const Tensor& a);

/// The x with a x = b. `b` is a vector, or columns (..., n, columns), whose leading axes broadcast with those of `a`.
Tensor solve(const Tensor& a, const Tensor& b);

struct TriangularOptions {
  bool lower = true;       ///< which half of `a` is read
  bool transpose = false;  ///< solve a^T x = b
};
/// The same for a triangular matrix, of which the other half is not read.
Tensor solve_triangular(const Tensor& a, const Tensor& b, const TriangularOptions& options = {});

/// y = det a. Its gradient needs the inverse, so it throws for singular matrices.
Tensor det(const Tensor& a);

/// y = ln |det a|, which does not overflow; -inf for singular matrices.
Tensor logdet(const Tensor& a);

/// The sign of det a: -1, 0 or 1. A constant for tapes.
Tensor sign_of_det(const Tensor& a);

/// Both: det a = sign * e^logdet.
struct SignAndLogDet {
  Tensor sign, logdet;
};
inline SignAndLogDet slogdet(const Tensor& a) { return {sign_of_det(a), logdet(a)}; }

/// The lower triangular L with L L^T = a. Of `a` the symmetric part (a + a^T) / 2 counts, so its gradient is symmetric.
/// The derivative is Murray's (2016), "Differentiation of the Cholesky decomposition", section 4.1.
Tensor cholesky(const Tensor& a);

}  // namespace xtape
