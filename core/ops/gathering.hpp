// Ops that look entries up by index tensors, and their adjoint, which adds entries at indices.
//
// Indices are int32 or int64; negative ones count from the end. They have no gradient.
#pragma once
#include <initializer_list>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The entries of x at `indices` along an axis, as numpy.take: axis `axis` of x is replaced by the axes of `indices`.
/// An embedding is take(table, ids, 0). Throws ValueError for an index outside the axis, TypeError unless indices are integers.
Tensor take(const Tensor& x, const Tensor& indices, Index axis);
Tensor take(const Tensor& x, const std::vector<Index>& indices, Index axis);
inline Tensor take(const Tensor& x, std::initializer_list<Index> indices, Index axis) {
  return take(x, std::vector<Index>(indices), axis);  // so that {2, 0} is no tensor
}

/// take with indices of their own for each entry of the first `batch_dims` axes, as tf.gather:
/// y[b, o, i, n] = x[b, o, indices[b, i], n], where b stands for the batch axes, o for those up to `axis`, i for the other
/// axes of `indices`, n for the axes behind `axis`.
Tensor gather(const Tensor& x, const Tensor& indices, Index axis = 0, Index batch_dims = 0);

/// y[i, j, k] = x[i, indices[i, j, k], k] for axis 1, as numpy.take_along_axis: `indices` has the rank of x, and its length
/// but for `axis`. The probability of each sample's label is take_along_axis(p, labels, -1).
Tensor take_along_axis(const Tensor& x, const Tensor& indices, Index axis);

/// x with the updates added at the indices: the adjoint of gather with the same arguments. Entries that are named several
/// times get the sum. `updates` has the shape of gather(x, indices, axis, batch_dims).
Tensor scatter_add(
    const Tensor& x, const Tensor& indices, const Tensor& updates, Index axis = 0, Index batch_dims = 0);

/// 1 at the index along a new axis of length `num_classes`, 0 elsewhere; indices outside give zeros only.
Tensor one_hot(const Tensor& indices, Index num_classes, Index axis = -1, DType dtype = default_dtype());

}  // namespace xtape
