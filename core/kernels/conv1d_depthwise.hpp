/// Depthwise convolutions: every channel by itself, groups == x_channels == y_channels.
///
///     y[n, t, c] = sum_k x[n, t*strides + k*dilation - left, c] * w[k, c]        and its two transposes
///
/// All three overwrite their result.
#pragma once

#include <xtape/core/kernels/conv1d.hpp>

namespace xtape::kernels {

template <class T>
void conv1d_depthwise(const T* x, const T* w, T* y, const Conv1DSizes& sizes);
template <class T>
void conv1d_transpose_depthwise(const T* y, const T* w, T* x, const Conv1DSizes& sizes);
template <class T>
void kernel_grad_depthwise(const T* x, const T* y, T* w, const Conv1DSizes& sizes);

}  // namespace xtape::kernels
