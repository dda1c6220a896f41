// How much arithmetic an op is.
#pragma once
#include <vector>

#include <xtape/core/op.hpp>
#include <xtape/core/shape.hpp>

namespace xtape {

/// The floating-point operations of a product of matrices or a convolution: two, a multiplication and an addition, for each
/// product of two elements that is added up. 0 for all other ops, whose share is small: PyTorch's FlopCounterMode counts
/// alike. The gradient of each input of such an op is a product of the same size, and costs as much again.
///
///     matmul            2 * batch * rows * inner * columns
///     conv1d family     2 * batch * y_steps * kernel_size * channels / groups * filters
///
/// y_steps are the positions of the window, the shorter side where there are strides; taps that fall on padding count too.
/// `inputs` and `output` are the shapes that the op was called on and gave.
Index flops(Op op, const std::vector<Shape>& inputs, const Shape& output);

}  // namespace xtape
