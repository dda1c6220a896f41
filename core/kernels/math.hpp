// The functions of real numbers: vectorized, and accurate to about two units in the last place in both dtypes; gelu, whose
// e^(-x^2 / 2) makes more of the rounding of its argument, to about 3 + x^2 / 2 of them on the left.
// NaN, infinities, signed zeros and denormals go in and come out as in NumPy. An element's result does not depend on its
// place in the array.
#pragma once
#include <xtape/core/op.hpp>
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y[i] = f(x[i]), where f is what `op` names: exp, expm1, log, log1p, the circular and hyperbolic functions and their
/// inverses, erf, lgamma, sigmoid, softplus, gelu, silu, log_cosh. x and y may be the same array.
template <class T>
void function(Op op, const T* x, T* y, Index n);

/// y[i] = g[i] f'(x[i]), where `op` is gelu_grad or silu_grad.
template <class T>
void function_grad(Op op, const T* g, const T* x, T* y, Index n);

/// y[i] = -z[i] ln s - (1 - z[i]) ln(1 - s) with s = sigmoid(x[i]), and u[i] = g[i] (s - z[i]).
template <class T>
void sigmoid_crossentropy(const T* x, const T* z, T* y, Index n);
template <class T>
void sigmoid_crossentropy_grad(const T* g, const T* x, const T* z, T* u, Index n);

}  // namespace xtape::kernels
