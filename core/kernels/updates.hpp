// The optimizers' rules: each one pass over a variable, its gradient g and what the rule keeps for it.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// w -= rate g
template <class T>
void sgd(T* w, const T* g, Index n, double rate);

/// m = momentum m - rate g; then w += m, or with nesterov w += momentum m - rate g
template <class T>
void sgd_momentum(T* w, T* m, const T* g, Index n, double rate, double momentum, bool nesterov);

/// m += (g - m)(1 - beta_1), v += (g^2 - v)(1 - beta_2), w -= rate m / (sqrt(v) + epsilon).
/// With `v_max` not null (AMSGrad): v_max = max(v_max, v) stands in the root. `rate` holds the bias corrections.
template <class T>
void adam(T* w, T* m, T* v, T* v_max, const T* g, Index n, double rate, double beta_1, double beta_2,
    double epsilon);

/// w *= factor
template <class T>
void scale(T* w, Index n, double factor);

/// average = momentum average + (1 - momentum) w
template <class T>
void moving_average(T* average, const T* w, Index n, double momentum);

/// The sum of squares, added in double.
template <class T>
double sum_of_squares(const T* x, Index n);

}  // namespace xtape::kernels
