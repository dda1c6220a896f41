// Elementwise ops: y[i] = f(x[i]) and y[i] = f(a[i], b[i]).
//
// Two inputs are broadcast as in NumPy, and promoted to the wider dtype (bool < int32 < int64 < float32 < float64); a bare
// C++ number takes on the dtype of the tensor it meets. Functions of real numbers take integers as real numbers of the
// default dtype. NaN, infinities and signed zeros are treated as NumPy treats them.
// Every op is recorded on the active tapes and can be differentiated any number of times. Where a function has a kink, the
// gradient is TensorFlow's; it stands at the op. Shapes that cannot be broadcast throw ValueError.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

// ---- arithmetic ----

/// y = a + b; booleans: a or b.
Tensor add(const Tensor& a, const Tensor& b);
/// y = a + b + ..., added in this order, in one pass. Throws ValueError unless there is at least one and all have one shape
/// and dtype; TypeError for booleans.
Tensor add_n(const std::vector<Tensor>& tensors);
/// y = a - b. Throws TypeError for booleans.
Tensor subtract(const Tensor& a, const Tensor& b);
/// y = a b; booleans: a and b.
Tensor multiply(const Tensor& a, const Tensor& b);
/// y = a / b. Integers are divided as real numbers of the default dtype.
Tensor divide(const Tensor& a, const Tensor& b);
/// y = a^b. The gradient of b is 0 where a <= 0. Throws ValueError for integers to a negative power.
Tensor power(const Tensor& a, const Tensor& b);
/// y = the larger one, NaN where one is NaN. Where a = b the gradient goes to a alone.
Tensor maximum(const Tensor& a, const Tensor& b);
/// y = the smaller one, NaN where one is NaN. Where a = b the gradient goes to a alone.
Tensor minimum(const Tensor& a, const Tensor& b);
/// y = a - b floor(a / b), which has the sign of b. Integers: 0 where b is 0. The gradient at a jump is that beside it.
Tensor mod(const Tensor& a, const Tensor& b);
/// y = the angle in (-pi, pi] between the first axis and the point (b, a).
Tensor arctan2(const Tensor& a, const Tensor& b);
/// y = ln(e^a + e^b), without overflow.
Tensor logaddexp(const Tensor& a, const Tensor& b);

/// y = -x. Throws TypeError for booleans, as do abs, sign and square.
Tensor negative(const Tensor& x);
/// y = |x|; the gradient at 0 is 0.
Tensor abs(const Tensor& x);
inline Tensor absolute(const Tensor& x) { return abs(x); }
/// y = -1, 0 or 1; its gradient is 0.
Tensor sign(const Tensor& x);
/// y = x^2
Tensor square(const Tensor& x);
/// y = 1 / x
Tensor reciprocal(const Tensor& x);
/// y = the root of x; NaN below 0, and the gradient at 0 is infinite.
Tensor sqrt(const Tensor& x);
/// y = 1 / the root of x
Tensor rsqrt(const Tensor& x);
/// y = the largest integer <= x, the smallest >= x; their gradients are 0. Integers stay as they are.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// y = x to that many decimals, halves to the even neighbour; its gradient is 0.
Tensor round(const Tensor& x, int decimals = 0);
/// y = x held within [x_min, x_max]; x_max wins when x_min is larger. The gradient is 1 within and at the bounds, else 0.
Tensor clip(const Tensor& x, double x_min, double x_max);
Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max);

// ---- functions ----

/// y = e^x, e^x - 1
Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
/// y = ln x, ln(1 + x)
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
/// Circular functions, x in radians, and their inverses.
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor arcsin(const Tensor& x);
Tensor arccos(const Tensor& x);
Tensor arctan(const Tensor& x);
/// Hyperbolic functions and their inverses.
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor arcsinh(const Tensor& x);
Tensor arccosh(const Tensor& x);
Tensor arctanh(const Tensor& x);
/// y = 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x
Tensor erf(const Tensor& x);
/// y = ln |gamma(x)|
Tensor lgamma(const Tensor& x);
/// y = the derivative of lgamma, and its n-th derivative (order = n). Throws ValueError for a negative order.
Tensor digamma(const Tensor& x);
Tensor polygamma(int order, const Tensor& x);

// ---- comparison; the answers are booleans and have no gradient ----
// There are no operators for these: `if (a < b)` would ask whether there is a tensor.

Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
/// Numbers count as true unless they are 0.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

/// y = a where the condition holds (is not 0), else b; the three are broadcast together. What is not chosen gets gradient 0,
/// even where it is NaN.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

// ---- the same values ----

/// The same values as another dtype. For integers, fractions are cut off towards 0, what is too large becomes the largest
/// integer, and NaN 0. The gradient is cast back.
Tensor cast(const Tensor& x, DType dtype);
/// The same values, which count as constants: no gradient passes.
Tensor stop_gradient(const Tensor& x);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return negative(x); }
inline Tensor& operator+=(Tensor& a, const Tensor& b) { return a = add(a, b); }
inline Tensor& operator-=(Tensor& a, const Tensor& b) { return a = subtract(a, b); }
inline Tensor& operator*=(Tensor& a, const Tensor& b) { return a = multiply(a, b); }
inline Tensor& operator/=(Tensor& a, const Tensor& b) { return a = divide(a, b); }

}  // namespace xtape
