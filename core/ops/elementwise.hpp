// Elementwise ops: y[i] = f(x[i]) and y[i] = f(a[i], b[i]).
//
// Two inputs are broadcast as in NumPy, and promoted to the wider dtype (bool < int32 < int64 < float32 < float64); a bare
// C++ number takes on the dtype of the tensor it meets. Every op is recorded on the active tapes and can be
// differentiated any number of times.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// y = a + b
Tensor add(const Tensor& a, const Tensor& b);
/// y = a - b
Tensor subtract(const Tensor& a, const Tensor& b);
/// y = a b
Tensor multiply(const Tensor& a, const Tensor& b);
/// y = a / b. Integers are divided as real numbers of the default dtype.
Tensor divide(const Tensor& a, const Tensor& b);

/// y = -x
Tensor negative(const Tensor& x);
/// y = e^x
Tensor exp(const Tensor& x);
/// y = ln x
Tensor log(const Tensor& x);
/// y = x^2
Tensor square(const Tensor& x);
/// y = the root of x
Tensor sqrt(const Tensor& x);
/// y = |x|; the gradient at 0 is 0.
Tensor abs(const Tensor& x);
/// y = -1, 0 or 1; its gradient is 0.
Tensor sign(const Tensor& x);
/// y = max(x, 0); the gradient at 0 is 0.
Tensor relu(const Tensor& x);

/// The same values as another dtype; fractions are cut off towards 0 for integers. The gradient is cast back.
Tensor cast(const Tensor& x, DType dtype);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return negative(x); }

}  // namespace xtape
