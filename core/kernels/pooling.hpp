// Pooling over windows of steps, channels last. The loops run over channels, which lie side by side.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// x (batch, x_steps, channels), y (batch, y_steps, channels). Window t covers the steps t*strides - left, ...,
/// t*strides - left + pool_size - 1 as far as they exist; at least one must.
struct PoolSizes {
  Index batch, x_steps, y_steps, channels, pool_size, strides, left;
};

/// y = of each window of x the mean.
template <class T>
void average_pool(const T* x, T* y, const PoolSizes& sizes);

/// The adjoint: each y is spread evenly over its window. Overwrites x.
template <class T>
void average_pool_transpose(const T* y, T* x, const PoolSizes& sizes);

/// y = the value at the place where the window of `where` has its (first) maximum; NaN counts as one.
/// With values = where it is max pooling.
template <class T>
void pick_maxima(const T* where, const T* values, T* y, const PoolSizes& sizes);

/// The adjoint with respect to `values`: each y is added at the place of its window's maximum. Overwrites x.
template <class T>
void place_at_maxima(const T* where, const T* y, T* x, const PoolSizes& sizes);

}  // namespace xtape::kernels
