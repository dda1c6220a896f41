// What the ops share: promotion of dtypes, and the adjoint of broadcasting. For core/ops/*.cpp only.
#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/math.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::ops {

/// The dtype that holds both: the wider one, floating before integer; a bare number gives way.
inline DType promoted_dtype(const Tensor& a, const Tensor& b) {
  const auto rank = [](DType t) {
    switch (t) {
      case DType::boolean:
        return 0;
      case DType::int32:
        return 1;
      case DType::int64:
        return 2;
      case DType::float32:
        return 3;
      case DType::float64:
        return 4;
    }
    return 0;
  };
  const auto gives_way = [](const Tensor& number, const Tensor& other) {
    return number.is_weak() && !other.is_weak() &&
           is_floating(number.dtype()) <= is_floating(other.dtype()) && other.dtype() != DType::boolean;
  };
  if (gives_way(a, b)) return b.dtype();
  if (gives_way(b, a)) return a.dtype();
  return rank(a.dtype()) >= rank(b.dtype()) ? a.dtype() : b.dtype();
}

/// f(a, b) after casting both to the dtype that holds both.
template <class F>
Tensor promoted(F f, const Tensor& a, const Tensor& b) {
  const DType dtype = promoted_dtype(a, b);
  return f(a.dtype() == dtype ? a : cast(a, dtype), b.dtype() == dtype ? b : cast(b, dtype));
}

/// An integer as one that wraps around where the result of +, - or * does not fit, as in NumPy; others as they are.
template <class T>
auto wrapping(T v) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::make_unsigned_t<T>>(v);
  } else {
    return v;
  }
}

/// Booleans as bytes, 0 and 1. Compilers vectorize loops over bytes, but not over bool.
inline const std::uint8_t* bytes(const Tensor& x) {
  return reinterpret_cast<const std::uint8_t*>(x.data<bool>());
}

/// y[i] = f(x[i]) for real numbers.
template <class F>
Tensor map(Op op, const Tensor& x, F f) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(
      x.dtype(), name(op), [&]<class T>() { kernels::map(x.data<T>(), y.mutable_data<T>(), x.size(), f); });
  return y;
}

/// Throws TypeError for booleans.
inline void require_numbers(Op op, const Tensor& x) {
  if (x.dtype() == DType::boolean)
    throw TypeError(concat(name(op), ": dtype must be a number's (received bool)"));
}

/// y[i] = f(x[i]) for real numbers and integers.
template <class F>
Tensor map_numbers(Op op, const Tensor& x, F f) {
  require_numbers(op, x);
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) kernels::map(x.data<T>(), y.mutable_data<T>(), x.size(), f);
  });
  return y;
}

/// y[i] = f(x[i]), f being the function of real numbers that `op` names (kernels/math.hpp).
inline Tensor function(Op op, const Tensor& x) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), name(op),
      [&]<class T>() { kernels::function(op, x.data<T>(), y.mutable_data<T>(), x.size()); });
  return y;
}

/// v as a To: fractions are cut off, what is too large becomes the largest integer, and NaN 0.
template <class To, class From>
To converted(From v) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To> && !std::is_same_v<To, bool>) {
    constexpr To lowest = std::numeric_limits<To>::min(), largest = std::numeric_limits<To>::max();
    if (v != v) return 0;
    if (v <= static_cast<From>(lowest)) return lowest;
    if (v >= -static_cast<From>(lowest)) return largest;
  }
  return static_cast<To>(v);
}

/// y[i] = f(a[i], b[i]) with broadcasting; a and b are of one dtype.
template <class F>
Tensor zip(Op op, const Tensor& a, const Tensor& b, F f) {
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), name(op));
  const Tensor y = Tensor::empty(shape, a.dtype());
  dispatch(a.dtype(), [&]<class T>() {
    kernels::zip(a.data<T>(), a.shape(), b.data<T>(), b.shape(), y.mutable_data<T>(), shape, f);
  });
  return y;
}

/// y = f(a, b) for real numbers, in memory that is there; a or b may stand in it, in the shape of y.
template <class F>
void zip_into(const Tensor& y, Op op, const Tensor& a, const Tensor& b, F f) {
  dispatch_floating(a.dtype(), name(op), [&]<class T>() {
    kernels::zip(a.data<T>(), a.shape(), b.data<T>(), b.shape(), y.mutable_data<T>(), y.shape(), f);
  });
}

/// y = f(a, b) for real numbers, with broadcasting.
template <class F>
Tensor zip_floating(Op op, const Tensor& a, const Tensor& b, F f) {
  const Tensor y = Tensor::empty(broadcast_shapes(a.shape(), b.shape(), name(op)), a.dtype());
  zip_into(y, op, a, b, f);
  return y;
}

/// A Vjp followed by the adjoint of broadcasting: what was repeated forward is summed backward.
template <class F>
struct SummedTo {
  F vjp;
  Shape shape;
  Tensor operator()(const Tensor& g) const { return sum_to(vjp(g), shape); }
};

/// `record` for an op of two broadcast inputs. The closures are written as if both had the shape of y.
template <class FA, class FB>
Tensor record_broadcast(Op op, const Tensor& y, const Edge<FA>& a, const Edge<FB>& b) {
  if (!GradientTape::innermost()) return y;
  if (a.input.shape() == y.shape() && b.input.shape() == y.shape()) return record(op, y, a, b);
  const SummedTo<FA> da{a.vjp, a.input.shape()};
  const SummedTo<FB> db{b.vjp, b.input.shape()};
  return record(op, y, Edge{a.input, da}, Edge{b.input, db});
}

}  // namespace xtape::ops
