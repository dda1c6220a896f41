// Diagonals and triangles of matrices. All but diag work on stacks: on the last two axes, or on those that are given.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// As numpy.diag: of a vector, the square matrix with it on the k-th diagonal; of a matrix, its k-th diagonal.
/// k counts upwards from the main diagonal. Throws ValueError for other ranks.
Tensor diag(const Tensor& x, Index k = 0);

/// y[..., i] = x[..., i, i + offset]: the diagonal of the matrices in two axes, which becomes the last axis.
Tensor diagonal(const Tensor& x, Index offset = 0, Index axis1 = -2, Index axis2 = -1);

/// The sum over the diagonal.
Tensor trace(const Tensor& x, Index offset = 0, Index axis1 = -2, Index axis2 = -1);

/// x with zeros above, or below, the k-th diagonal.
Tensor tril(const Tensor& x, Index k = 0);
Tensor triu(const Tensor& x, Index k = 0);

}  // namespace xtape
