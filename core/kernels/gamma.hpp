// The derivatives of ln gamma(x).
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y[i] = the (order + 1)-th derivative of ln gamma at x[i]; order 0 is digamma, 1 trigamma. At 0, -1, -2, ..., where
/// gamma has its poles: NaN for even orders (the two sides disagree), infinity for odd ones.
template <class T>
void polygamma(int order, const T* x, T* y, Index n);

}  // namespace xtape::kernels
