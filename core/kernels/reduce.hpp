// Sums over axes. A reduction over any set of axes is a walk over x in memory order, adding each run of elements to its
// place in y: runs whose axis is kept are added as vectors, runs whose axis is summed are added up first.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y = x summed down to `y_shape`, which has the rank of `x_shape` and 1 where x is summed. Overwrites y.
/// Long sums are added in blocks (pairwise), so that the error does not grow with the length.
template <class T>
void sum_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape);

}  // namespace xtape::kernels
