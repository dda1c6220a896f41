// Ops that move elements without changing them.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// The same elements, in the same order, under another shape; one axis may be -1 and is then worked out.
/// Throws ValueError when the number of elements would change.
Tensor reshape(const Tensor& x, const Shape& shape);

/// x repeated along axes of length 1 and along new leading axes, as NumPy broadcasts. Throws ValueError when it cannot be.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

}  // namespace xtape
