// One-dimensional pooling over windows of steps, with Keras's rules: (batch, steps, channels), channels last.
//
// Averaging is linear, and its gradient is its adjoint. Max pooling picks, in each window, the entry at a place that
// depends on x but stays where it is under small changes: its gradient puts g at these places, and the gradient of that
// picks at these places again. So both come in pairs of ops, each the gradient of the other, to any order.
#pragma once
#include <string_view>

#include <xtape/core/tensor.hpp>

namespace xtape {

struct Pool1DOptions {
  Index pool_size = 2;   ///< steps in a window
  Index strides = None;  ///< steps from one window to the next; None: pool_size
  /// "valid": only windows that lie within x, (steps - pool_size) / strides + 1 of them.
  /// "same": one window for each stride begun, ceil(steps / strides); what is missing is left out at both ends alike, one
  /// more at the end.
  std::string_view padding = "valid";
};

/// How many windows there are. Throws ValueError for options out of range, and when "valid" finds no window.
Index pooled_steps(Index steps, const Pool1DOptions& options, std::string_view owner);

/// y[n, t, c] = the largest x[n, i, c] in window t; NaN where there is one. The first of several takes the gradient.
/// x (batch, steps, channels) -> (batch, windows, channels). float32 or float64.
Tensor max_pool1d(const Tensor& x, const Pool1DOptions& options = {});

/// y[n, t, c] = the mean of x[n, i, c] over the steps of window t that exist.
Tensor average_pool1d(const Tensor& x, const Pool1DOptions& options = {});

}  // namespace xtape
