// Products of stacks of matrices.
//
// A product is a convolution with one tap, whose steps are the rows: op(a) op(b) is conv1d when neither operand is
// transposed, conv1d_transpose when b is, conv1d_kernel_grad when a is. Integers go through plain loops.
#pragma once
#include <xtape/core/kernels/finish.hpp>
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// Matrices op(a) of (m, k), op(b) of (k, n) and c of (m, n), row-major and contiguous; op transposes what is stored as
/// (k, m) or (n, k). The stacks have leading axes a_batch and b_batch, which broadcast to c_batch.
struct MatmulSizes {
  Index m, n, k;
  bool transpose_a, transpose_b;
  Shape a_batch, b_batch, c_batch;
  bool adds = false;  ///< to what c holds
};

/// c = op(a) op(b), or c += op(a) op(b), for every matrix of the stacks; `finish` is applied to the rows of a c of real
/// numbers that is not added to. T: float, double, int32, int64.
template <class T>
void matmul(const T* a, const T* b, T* c, const MatmulSizes& sizes, const Finish<T>& finish = {});

}  // namespace xtape::kernels
