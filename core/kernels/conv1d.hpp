/// The three convolution kernels: one trilinear form, one function per argument left out.
///
///     <x, w, y> = sum over n, t, k, c, f of  x[n, t*strides + k*dilation - left, c] * w[k, c, f] * y[n, t, f]
///
///     n  sample              0 .. batch             c  channel of x     0 .. x_channels / groups
///     t  step of y           0 .. y_steps           f  channel of y     0 .. y_channels
///     k  tap of the kernel   0 .. kernel_size
///
/// Terms whose step of x lies outside [0, x_steps) are dropped: that is zero padding. A positive `left` pads before the
/// first step, a negative one skips steps; what happens at the end follows from x_steps and y_steps, which are free.
///
/// Infinite and NaN elements reach just the results whose sums hold them.
///
/// The form is linear in each argument, so the gradient of each function is made of the other two.
#pragma once

#include <xtape/core/kernels/finish.hpp>
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// The sizes of the form. Arrays are contiguous, channels last:
/// x (batch, x_steps, x_channels), w (kernel_size, x_channels / groups, y_channels), y (batch, y_steps, y_channels).
///
/// Any size may be 0. strides, dilation and groups are at least 1; groups divides both channel counts. With groups,
/// channel f of y belongs to group f / (y_channels / groups) and sees the x channels of that group alone.
struct Conv1DSizes {
  Index batch, x_steps, x_channels, kernel_size, y_steps, y_channels;
  Index strides = 1, dilation = 1, left = 0, groups = 1;

  bool operator==(const Conv1DSizes&) const = default;
};

/// The coefficient of y, a convolution:  y[n, t, f] = sum_{k, c} x[n, t*strides + k*dilation - left, c] * w[k, c, f].
/// Overwrites y; `finish` is applied to its rows of y_channels.
template <class T>
void conv1d(const T* x, const T* w, T* y, const Conv1DSizes& sizes, const Finish<T>& finish = {});

/// The coefficient of x, a transposed convolution: every y[n, t, f] spread over the steps it was gathered from.
/// Overwrites x; steps that no tap reaches become 0. `finish` is applied to its rows of x_channels.
template <class T>
void conv1d_transpose(const T* y, const T* w, T* x, const Conv1DSizes& sizes, const Finish<T>& finish = {});

/// The coefficient of w:  w[k, c, f] = sum_{n, t} x[n, t*strides + k*dilation - left, c] * y[n, t, f].
/// Overwrites w.
template <class T>
void conv1d_kernel_grad(const T* x, const T* y, T* w, const Conv1DSizes& sizes);

}  // namespace xtape::kernels
