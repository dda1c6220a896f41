#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <xtape/core/kernels/erf.hpp>
#include <xtape/core/kernels/math.hpp>

namespace xtape::kernels {
namespace {

// y = f(inputs) batch by batch. The last, incomplete batch goes through f like the others.
template <class T, class F, class... Input>
void for_batches(T* y, Index n, F f, const Input*... inputs) {
  using Batch = xsimd::batch<T>;
  constexpr Index width = static_cast<Index>(Batch::size);
  Index i = 0;
  for (; i + width <= n; i += width) f(Batch::load_unaligned(inputs + i)...).store_unaligned(y + i);
  if (i == n) return;
  std::array<T, static_cast<std::size_t>(width)> last;
  const auto load_rest = [&](const T* input) {
    last.fill(input[i]);
    std::copy(input + i, input + n, last.begin());
    return Batch::load_unaligned(last.data());
  };
  const Batch result = f(load_rest(inputs)...);
  result.store_unaligned(last.data());
  std::copy_n(last.begin(), n - i, y + i);
}

// xsimd's functions, corrected where they lose denormals or the sign of zero.

template <class Batch>
inline Batch whole_exp(const Batch& x) {
  using T = typename Batch::value_type;
  constexpr bool single = std::is_same_v<T, float>;
  const Batch low(single ? T(-87) : T(-708)), high(single ? T(88) : T(709));
  const Batch y = xsimd::exp(x);
  const auto extreme = x < low || x > high;  // where xsimd gives 0 and infinity too early
  if (!xsimd::any(extreme)) return y;
  const Batch root = xsimd::exp(x * T(0.5));
  return xsimd::select(extreme, root * root, y);
}

template <class Batch>
inline Batch whole_log(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch y = xsimd::log(x);
  const auto denormal = x < Batch(std::numeric_limits<T>::min()) && x > Batch(T(0));
  if (!xsimd::any(denormal)) return y;
  constexpr int shift = 64;
  const Batch scaled = xsimd::log(x * T(0x1p64)) - T(shift * 0.693147180559945309417);
  return xsimd::select(denormal, scaled, y);
}

template <class Batch, class F>
inline Batch keeping_zeros(const Batch& x, F f) {
  return xsimd::select(x == Batch(typename Batch::value_type(0)), x, f(x));
}

template <class Batch>
inline Batch sigmoid(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch e = whole_exp(-xsimd::abs(x)), r = T(1) / (T(1) + e);
  return xsimd::select(x < T(0), e * r, r);
}

template <class Batch>
inline Batch softplus(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch e = whole_exp(-xsimd::abs(x));
  return xsimd::select(x > T(0), x, Batch(T(0))) + keeping_zeros(e, [](auto v) { return xsimd::log1p(v); });
}

// P(Z < x) for a standard normal Z.
template <class Batch>
inline Batch normal_below(const Batch& x) {
  using T = typename Batch::value_type;
  return T(0.5) * kernels::erfc(x * T(-0.70710678118654752440));
}

template <class Batch>
inline Batch gelu_derivative(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch density = T(0.39894228040143267794) * whole_exp(T(-0.5) * x * x);
  return xsimd::fma(x, density, normal_below(x));
}

template <class Batch>
inline Batch silu_derivative(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch s = sigmoid(x);
  return s * (T(1) + x * sigmoid(-x));
}

template <class Batch>
inline Batch log_cosh(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch a = xsimd::abs(x), m = xsimd::expm1(a);
  const Batch near = xsimd::log1p(m * m / (T(2) + T(2) * m));  // cosh x - 1 = (e^a - 1)^2 / (2 e^a)
  const Batch far = a + xsimd::log1p(whole_exp(T(-2) * a)) - T(0.693147180559945309417);
  return xsimd::select(a < T(1), near, far);
}

// lgamma of the C library writes the sign of gamma to a global variable; this one does not.
template <class T>
T log_gamma(T x) {
  int sign = 0;
  return static_cast<T>(::lgamma_r(static_cast<double>(x), &sign));
}

}  // namespace

template <class T>
void function(Op op, const T* x, T* y, Index n) {
  const auto apply = [&](auto f) { for_batches(y, n, f, x); };
  switch (op) {
    case Op::exp:
      return apply([](auto v) { return whole_exp(v); });
    case Op::expm1:
      return apply([](auto v) { return keeping_zeros(v, [](auto u) { return xsimd::expm1(u); }); });
    case Op::log:
      return apply([](auto v) { return whole_log(v); });
    case Op::log1p:
      return apply([](auto v) { return keeping_zeros(v, [](auto u) { return xsimd::log1p(u); }); });
    case Op::sin:
      return apply([](auto v) { return xsimd::sin(v); });
    case Op::cos:
      return apply([](auto v) { return xsimd::cos(v); });
    case Op::tan:
      return apply([](auto v) { return xsimd::tan(v); });
    case Op::arcsin:
      return apply([](auto v) { return xsimd::asin(v); });
    case Op::arccos:
      return apply([](auto v) { return xsimd::acos(v); });
    case Op::arctan:
      return apply([](auto v) { return xsimd::atan(v); });
    case Op::sinh:
      return apply([](auto v) { return xsimd::sinh(v); });
    case Op::cosh:
      return apply([](auto v) { return xsimd::cosh(v); });
    case Op::tanh:
      return apply([](auto v) { return xsimd::tanh(v); });
    case Op::arcsinh:
      return apply([](auto v) { return xsimd::asinh(v); });
    case Op::arccosh:
      return apply([](auto v) {
        const decltype(v) one(T(1)), undefined(std::numeric_limits<T>::quiet_NaN());
        return xsimd::select(v < one, undefined, xsimd::acosh(v));
      });
    case Op::arctanh:
      return apply([](auto v) { return xsimd::atanh(v); });
    case Op::erf:
      return apply([](auto v) { return kernels::erf(v); });
    case Op::sigmoid:
      return apply([](auto v) { return sigmoid(v); });
    case Op::softplus:
      return apply([](auto v) { return softplus(v); });
    case Op::gelu:
      return apply([](auto v) { return v * normal_below(v); });
    case Op::silu:
      return apply([](auto v) { return v * sigmoid(v); });
    case Op::log_cosh:
      return apply([](auto v) { return log_cosh(v); });
    case Op::lgamma:
      for (Index i = 0; i < n; ++i) y[i] = log_gamma(x[i]);
      return;
    default:
      return;
  }
}

template <class T>
void function_grad(Op op, const T* g, const T* x, T* y, Index n) {
  const auto apply = [&](auto f) { for_batches(y, n, f, g, x); };
  switch (op) {
    case Op::gelu_grad:
      return apply([](auto u, auto v) { return u * gelu_derivative(v); });
    case Op::silu_grad:
      return apply([](auto u, auto v) { return u * silu_derivative(v); });
    default:
      return;
  }
}

template <class T>
void sigmoid_crossentropy(const T* x, const T* z, T* y, Index n) {
  for_batches(
      y, n,
      [](auto v, auto truth) {
    return softplus(-xsimd::abs(v)) + xsimd::select(v > T(0), v * (T(1) - truth), -v * truth);
      },
      x, z);
}

template <class T>
void sigmoid_crossentropy_grad(const T* g, const T* x, const T* z, T* u, Index n) {
  for_batches(
      u, n,
      [](auto factor, auto v, auto truth) {
    return factor * ((T(1) - truth) * sigmoid(v) - truth * sigmoid(-v));  // no digits lost where s is near 1
      },
      g, x, z);
}

template void function(Op, const float*, float*, Index);
template void function(Op, const double*, double*, Index);
template void function_grad(Op, const float*, const float*, float*, Index);
template void function_grad(Op, const double*, const double*, double*, Index);
template void sigmoid_crossentropy(const float*, const float*, float*, Index);
template void sigmoid_crossentropy(const double*, const double*, double*, Index);
template void sigmoid_crossentropy_grad(const float*, const float*, const float*, float*, Index);
template void sigmoid_crossentropy_grad(const double*, const double*, const double*, double*, Index);

}  // namespace xtape::kernels
