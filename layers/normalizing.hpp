// What the normalization layers share: weights that lie along some axes of their input.
#pragma once
#include <string_view>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// The axes counted from the front, in the order in which they were given; all of them when none were.
/// Throws ValueError that begins with `owner` for one that is not there or is given twice.
std::vector<Index> axes_of(const Axes& axes, Index rank, std::string_view owner);

/// The lengths of x along the axes, in that order: the shape of a weight.
/// Throws ValueError that begins with `owner` where one is not known.
Shape lengths_along(const Shape& x, const std::vector<Index>& axes, std::string_view owner);

/// A weight of that shape with an axis for each of x, so that it broadcasts to x.
Tensor lying_along(const Tensor& weight, const Shape& x, const std::vector<Index>& axes);

}  // namespace xtape
