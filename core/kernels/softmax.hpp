// Softmax and its kin along one axis of an array seen as (outer, length, inner).
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y = e^(x - m) / the sum of e^(x - m), m being the largest x: the same as without m, but nothing overflows.
template <class T>
void softmax(const T* x, T* y, Index outer, Index length, Index inner);

/// y = x - m - ln(the sum of e^(x - m))
template <class T>
void log_softmax(const T* x, T* y, Index outer, Index length, Index inner);

/// u = y (g - the sum of g y)
template <class T>
void softmax_grad(const T* g, const T* y, T* u, Index outer, Index length, Index inner);

/// y = max(x - t, 0) with the t that makes the sum 1 (Martins and Astudillo, "From Softmax to Sparsemax", ICML 2016).
template <class T>
void sparsemax(const T* x, T* y, Index outer, Index length, Index inner);

/// u = g - the mean of g where y > 0, else 0
template <class T>
void sparsemax_grad(const T* g, const T* y, T* u, Index outer, Index length, Index inner);

}  // namespace xtape::kernels
