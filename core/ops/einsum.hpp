// Einstein summation.
#pragma once
#include <string_view>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// Products and sums written with letters, as numpy.einsum: einsum("ij,jk->ik", {a, b}) is
///
///     y[i, k] = sum_j a[i, j] * b[j, k]
///
/// Each operand names its axes; letters that the output does not name are summed. A letter twice in one operand takes the
/// diagonal ("ii->i"), "..." stands for axes without names, which broadcast. Without "->" the output has those first, then
/// the letters that appear once, in the order of the alphabet. Operands are multiplied from left to right.
/// Throws ValueError for equations that cannot be read or do not fit the shapes, TypeError for booleans.
Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands);

}  // namespace xtape
