// Ops that take one or more axes together.
#pragma once
#include <optional>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The axes of a reduction: all of them when absent, else those given; negative ones count from the end.
using Axes = std::optional<std::vector<Index>>;

/// y = the sum of x over `axes`, which stay as axes of length 1 when keepdims is true.
/// Throws ValueError for an axis that is not there or is given twice.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// x summed down to `shape`, from which it could have been broadcast: the adjoint of broadcast_to.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace xtape
