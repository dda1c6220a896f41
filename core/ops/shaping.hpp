// Ops that give the same elements another shape: reshape and its kin, and transpose and its kin.
#pragma once
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The same elements, in the same order, under another shape; one axis may be -1 and is then worked out.
/// Throws ValueError when the number of elements would change.
Tensor reshape(const Tensor& x, const Shape& shape);

/// x with a new axis of length 1 at `axis` of the result; -1 is behind the last one.
/// Throws ValueError for an axis outside [-rank - 1, rank].
Tensor expand_dims(const Tensor& x, Index axis);

/// x without the given axes, which must have length 1; without all such axes when none is given.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, Index axis);
Tensor squeeze(const Tensor& x, const std::vector<Index>& axes);

/// x repeated along axes of length 1 and along new leading axes, as NumPy broadcasts. Throws ValueError when it cannot be.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// y[i_axes[0], i_axes[1], ...] = x[i_0, i_1, ...]: axis k of y is axis axes[k] of x. Without `axes` their order is
/// reversed. Throws ValueError unless `axes` names every axis once.
Tensor transpose(const Tensor& x);
Tensor transpose(const Tensor& x, const std::vector<Index>& axes);

/// x with two axes exchanged.
Tensor swapaxes(const Tensor& x, Index axis1, Index axis2);

/// x with one axis moved to another place; the others keep their order.
Tensor moveaxis(const Tensor& x, Index source, Index destination);

}  // namespace xtape
