// Products of matrices, and the products that are made of them.
#pragma once
#include <utility>
#include <vector>

#include <xtape/core/ops/finish.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct MatmulOptions {
  /// Exchange the last two axes of an operand first, without moving anything in memory.
  bool transpose_a = false, transpose_b = false;
};

/// y[..., i, j] = sum_k a[..., i, k] * b[..., k, j]
///
/// NumPy's rules: operands of more than two axes are stacks of matrices whose leading axes broadcast; a vector on the left
/// is a row, on the right a column, and its extra axis goes again. Real numbers or integers.
/// Throws ValueError for scalars and for lengths that do not agree, TypeError for booleans.
/// `finish` is applied to y.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {}, const Finish& finish = {});

/// NumPy's dot: the inner product of two vectors; a * b when one is a scalar; else the sum over the last axis of `a` and
/// the last but one of `b` (the only one of a vector):  y[i..., j..., m] = sum_k a[i..., k] * b[j..., k, m].
Tensor dot(const Tensor& a, const Tensor& b);

/// y[i, j] = a[i] * b[j], both flattened first.
Tensor outer(const Tensor& a, const Tensor& b);

/// The sum over pairs of axes, a_axes[k] of `a` with b_axes[k] of `b`. The result has the other axes of `a`, then those of
/// `b`. With a number: the last `axes` of `a` with the first `axes` of `b`; 0 is the product of all with all.
Tensor tensordot(const Tensor& a, const Tensor& b, Index axes = 2);
Tensor tensordot(
    const Tensor& a, const Tensor& b, const std::vector<Index>& a_axes, const std::vector<Index>& b_axes);

}  // namespace xtape
