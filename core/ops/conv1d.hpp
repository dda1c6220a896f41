// One-dimensional convolution and its two adjoints.
//
// A convolution is one trilinear form in an input x, a kernel w and an output y, channels last:
//
//     <x, w, y> = sum over n, t, k, c, f of  x[n, t*strides + k*dilation - left, c] * w[k, c, f] * y[n, t, f]
//
//     n  sample    t  step of y    k  tap of the kernel    c  channel of x    f  channel of y
//
// where terms whose step of x does not exist are left out (zero padding). Leave out one argument and you get an op:
//
//     conv1d(x, w)              the coefficient of y    (N, X, C), (K, C/groups, F)  ->  (N, Y, F)
//     conv1d_transpose(y, w)    the coefficient of x    (N, Y, F), (K, C/groups, F)  ->  (N, X, C)
//     conv1d_kernel_grad(x, y)  the coefficient of w    (N, X, C), (N, Y, F)         ->  (K, C/groups, F)
//
// The form is linear in each argument, so the gradient of each op is made of the other two: the family is closed under
// differentiation, and derivatives of every order follow.
//
// How many steps y and x have is free, so padding needs no arguments of its own: `left` is what is padded before the
// first step (cropped when negative), and what happens at the end follows from x_steps and y_steps. Keras's "same" and
// "causal", output_padding and all else are choices of these three numbers.
#pragma once
#include <xtape/core/ops/finish.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct Conv1DOptions {
  Index strides = 1;   ///< steps of x from one window to the next
  Index dilation = 1;  ///< steps of x from one tap to the next
  Index left = 0;      ///< zeros before the first step of x; negative: steps of x that are skipped
  Index y_steps =
      None;  ///< steps of y; None: as many windows as fit without zeros at the end ("valid" when left is 0)
  Index groups = 1;  ///< channels fall into so many groups that do not see each other
};

struct Conv1DTransposeOptions {
  Index strides = 1, dilation = 1, left = 0;
  Index x_steps = None;  ///< steps of x; None: up to the last one that y reaches
  Index groups = 1;
};

struct Conv1DKernelGradOptions {
  Index strides = 1, dilation = 1, left = 0;
  Index kernel_size = None;  ///< taps of w; has to be given
  Index groups = 1;
};

/// y[n, t, f] = sum_{k, c} x[n, t*strides + k*dilation - left, c] * w[k, c, f]
///
/// x (batch, steps, channels), w (kernel_size, channels / groups, filters) -> y (batch, y_steps, filters); filter f sees
/// the channels of group f / (filters / groups). float32 or float64; any size may be 0.
/// Throws ValueError for shapes that do not fit together and options out of range, TypeError for integers.
/// `finish` is applied to y.
Tensor conv1d(const Tensor& x, const Tensor& w, const Conv1DOptions& options = {}, const Finish& finish = {});

/// The adjoint of conv1d with respect to x: each y[n, t, f] is spread, weighted by the kernel, over the steps from which
/// conv1d gathers it. Steps that no tap reaches are 0.
///
/// y (batch, y_steps, filters), w (kernel_size, channels / groups, filters) -> x (batch, x_steps, channels).
/// `finish` is applied to x.
Tensor conv1d_transpose(
    const Tensor& y, const Tensor& w, const Conv1DTransposeOptions& options = {}, const Finish& finish = {});

/// The adjoint of conv1d with respect to w:  w[k, c, f] = sum_{n, t} x[n, t*strides + k*dilation - left, c] * y[n, t, f]
///
/// x (batch, steps, channels), y (batch, y_steps, filters) -> w (kernel_size, channels / groups, filters).
Tensor conv1d_kernel_grad(const Tensor& x, const Tensor& y, const Conv1DKernelGradOptions& options);

}  // namespace xtape
