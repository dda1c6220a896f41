// Arithmetic: what needs no more than +, -, *, /, roots and rounding.
#include <cmath>
#include <limits>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

Tensor add(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(add, a, b);
  const Tensor y = zip(Op::add, a, b, [](auto p, auto q) { return wrapping(p) + wrapping(q); });
  const auto same = [](const Tensor& g) { return g; };
  return record_broadcast(Op::add, y, Edge{a, same}, Edge{b, same});
}

Tensor add_n(const std::vector<Tensor>& tensors) {
  require(!tensors.empty(), "add_n", "needs at least one tensor");
  const Tensor& first = tensors.front();
  for (const Tensor& t : tensors)
    require(t.shape() == first.shape() && t.dtype() == first.dtype(), "add_n",
        "all must have one shape and dtype (received ", describe(first), " and ", describe(t), ")");
  require_numbers(Op::add_n, first);
  const Tensor y = Tensor::empty(first.shape(), first.dtype());
  constexpr Index piece = 2048;  // of all of them at a time, so that the sums stay in the nearest cache
  dispatch(y.dtype(), [&]<class T>() {
    for (Index begin = 0; begin < y.size(); begin += piece) {
      const Index end = std::min(begin + piece, y.size());
      T* const sum = y.mutable_data<T>();
      std::copy(first.data<T>() + begin, first.data<T>() + end, sum + begin);
      for (std::size_t k = 1; k < tensors.size(); ++k) {
        const T* const term = tensors[k].data<T>();
        for (Index i = begin; i < end; ++i) sum[i] = static_cast<T>(wrapping(sum[i]) + wrapping(term[i]));
      }
    }
  });
  return record(Op::add_n, y, [&] {
    std::vector<ListEdge> edges;
    for (const Tensor& t : tensors) edges.push_back({t, [](const Tensor& g) { return g; }});
    return edges;
  });
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(subtract, a, b);
  require_numbers(Op::subtract, a);
  const Tensor y = zip(Op::subtract, a, b, [](auto p, auto q) { return wrapping(p) - wrapping(q); });
  const auto da = [](const Tensor& g) { return g; };
  const auto db = [](const Tensor& g) { return negative(g); };
  return record_broadcast(Op::subtract, y, Edge{a, da}, Edge{b, db});
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(multiply, a, b);
  const Tensor y = zip(Op::multiply, a, b, [](auto p, auto q) { return wrapping(p) * wrapping(q); });
  const auto da = [=](const Tensor& g) { return multiply(g, b); };
  const auto db = [=](const Tensor& g) { return multiply(g, a); };
  return record_broadcast(Op::multiply, y, Edge{a, da}, Edge{b, db});
}

Tensor divide(const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) && !is_floating(b.dtype()))
    return divide(cast(a, default_dtype()), cast(b, default_dtype()));
  if (a.dtype() != b.dtype()) return promoted(divide, a, b);
  const Tensor y = zip_floating(Op::divide, a, b, [](auto p, auto q) { return p / q; });
  const auto da = [=](const Tensor& g) { return divide(g, b); };
  const auto db = [=](const Tensor& g) { return negative(multiply(g, divide(y, b))); };
  return record_broadcast(Op::divide, y, Edge{a, da}, Edge{b, db});
}

namespace {

// a^b for integers by repeated squaring; what does not fit wraps around.
template <class T>
T integer_power(T a, T b) {
  std::uint64_t y = 1, factor = static_cast<std::uint64_t>(a);
  for (; b > 0; b = static_cast<T>(b / 2), factor *= factor)
    if (b % 2 != 0) y *= factor;
  return static_cast<T>(y);
}

Tensor power_of_integers(const Tensor& a, const Tensor& b) {
  dispatch(b.dtype(), [&]<class T>() {
    for (const T v : b.values<T>())
      require(
          !(v < T{}), "power", "integers cannot be raised to negative integer powers (received ", +v, ")");
  });
  return zip(Op::power, a, b, [](auto p, auto q) {
    if constexpr (std::is_integral_v<decltype(p)>) return integer_power(p, q);
    return p;
  });
}

// a^b for real numbers; the exponents that people write are done without logarithms.
Tensor power_of_reals(const Tensor& a, const Tensor& b) {
  const double exponent = b.size() == 1 ? b.item() : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 2) return zip_floating(Op::power, a, b, [](auto p, auto) { return p * p; });
  if (exponent == 3) return zip_floating(Op::power, a, b, [](auto p, auto) { return p * p * p; });
  if (exponent == 1) return zip_floating(Op::power, a, b, [](auto p, auto) { return p; });
  if (exponent == 0.5) return zip_floating(Op::power, a, b, [](auto p, auto) { return std::sqrt(p); });
  if (exponent == -1) return zip_floating(Op::power, a, b, [](auto p, auto) { return 1 / p; });
  return zip_floating(Op::power, a, b, [](auto p, auto q) { return std::pow(p, q); });
}

}  // namespace

Tensor power(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(power, a, b);
  if (a.dtype() == DType::boolean) return power(cast(a, DType::int32), cast(b, DType::int32));
  if (!is_floating(a.dtype())) return power_of_integers(a, b);
  const Tensor y = power_of_reals(a, b);
  const auto da = [=](const Tensor& g) {
    const Tensor one_less = where(equal(b, 0), 1, subtract(b, 1));  // the slope of a^0 is 0, also at a = 0
    return multiply(g, multiply(b, power(a, one_less)));
  };
  const auto db = [=](const Tensor& g) {
    const Tensor positive = greater(a, 0);
    return multiply(multiply(g, y), where(positive, log(where(positive, a, 1)), 0));
  };
  return record_broadcast(Op::power, y, Edge{a, da}, Edge{b, db});
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(maximum, a, b);
  const Tensor y = zip(Op::maximum, a, b, [](auto p, auto q) { return p > q || p != p ? p : q; });
  const auto da = [=](const Tensor& g) { return where(greater_equal(a, b), g, 0); };
  const auto db = [=](const Tensor& g) { return where(greater_equal(a, b), 0, g); };
  return record_broadcast(Op::maximum, y, Edge{a, da}, Edge{b, db});
}

Tensor minimum(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(minimum, a, b);
  const Tensor y = zip(Op::minimum, a, b, [](auto p, auto q) { return p < q || p != p ? p : q; });
  const auto da = [=](const Tensor& g) { return where(less_equal(a, b), g, 0); };
  const auto db = [=](const Tensor& g) { return where(less_equal(a, b), 0, g); };
  return record_broadcast(Op::minimum, y, Edge{a, da}, Edge{b, db});
}

namespace {

template <class T>
T floor_mod(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    const T rest = std::fmod(a, b);
    if (rest == 0) return std::copysign(rest, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
  } else if constexpr (std::is_same_v<T, bool>) {
    return false;
  } else {
    if (b == 0 || b == -1)
      return 0;  // the processor refuses both the division by 0 and the lowest integer by -1
    const T rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
}

}  // namespace

Tensor mod(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(mod, a, b);
  const Tensor y = zip(Op::mod, a, b, [](auto p, auto q) { return floor_mod(p, q); });
  const auto da = [](const Tensor& g) { return g; };
  const auto db = [=](const Tensor& g) { return negative(multiply(g, floor(divide(a, b)))); };
  return record_broadcast(Op::mod, y, Edge{a, da}, Edge{b, db});
}

Tensor negative(const Tensor& x) {
  const Tensor y = map_numbers(Op::negative, x, [](auto v) { return -wrapping(v); });
  const auto dx = [](const Tensor& g) { return negative(g); };
  return record(Op::negative, y, Edge{x, dx});
}

Tensor abs(const Tensor& x) {
  const Tensor y = map_numbers(Op::abs, x, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>) return std::abs(v);
    return static_cast<decltype(v)>(v < 0 ? -wrapping(v) : wrapping(v));
  });
  const auto dx = [=](const Tensor& g) { return multiply(g, sign(x)); };
  return record(Op::abs, y, Edge{x, dx});
}

Tensor sign(const Tensor& x) {
  const Tensor y = map_numbers(Op::sign, x, [](auto v) {
    using T = decltype(v);
    return v == v ? static_cast<T>((v > 0) - (v < 0)) : v;
  });
  const auto dx = [](const Tensor& g) { return zeros_like(g); };
  return record(Op::sign, y, Edge{x, dx});
}

Tensor square(const Tensor& x) {
  const Tensor y = map_numbers(Op::square, x, [](auto v) { return wrapping(v) * wrapping(v); });
  const auto dx = [=](const Tensor& g) { return multiply(multiply(g, x), 2); };
  return record(Op::square, y, Edge{x, dx});
}

Tensor reciprocal(const Tensor& x) {
  if (!is_floating(x.dtype())) return reciprocal(cast(x, default_dtype()));
  const Tensor y = map(Op::reciprocal, x, [](auto v) { return 1 / v; });
  const auto dx = [=](const Tensor& g) { return negative(multiply(g, square(y))); };
  return record(Op::reciprocal, y, Edge{x, dx});
}

Tensor sqrt(const Tensor& x) {
  if (!is_floating(x.dtype())) return sqrt(cast(x, default_dtype()));
  const Tensor y = map(Op::sqrt, x, [](auto v) { return std::sqrt(v); });
  const auto dx = [=](const Tensor& g) { return divide(g, multiply(y, 2)); };
  return record(Op::sqrt, y, Edge{x, dx});
}

Tensor rsqrt(const Tensor& x) {
  if (!is_floating(x.dtype())) return rsqrt(cast(x, default_dtype()));
  const Tensor y = map(Op::rsqrt, x, [](auto v) { return 1 / std::sqrt(v); });
  const auto dx = [=](const Tensor& g) { return multiply(multiply(g, divide(y, x)), -0.5); };
  return record(Op::rsqrt, y, Edge{x, dx});
}

namespace {

// Functions that are constant but for jumps.
template <class F>
Tensor rounded(Op op, const Tensor& x, F f) {
  if (!is_floating(x.dtype())) return x;
  const auto dx = [](const Tensor& g) { return zeros_like(g); };
  return record(op, map(op, x, f), Edge{x, dx});
}

}  // namespace

Tensor floor(const Tensor& x) {
  return rounded(Op::floor, x, [](auto v) { return std::floor(v); });
}

Tensor ceil(const Tensor& x) {
  return rounded(Op::ceil, x, [](auto v) { return std::ceil(v); });
}

Tensor round(const Tensor& x, int decimals) {
  if (decimals == 0) return rounded(Op::round, x, [](auto v) { return std::nearbyint(v); });
  const double scale = std::pow(10.0, std::abs(decimals));
  const Tensor real = is_floating(x.dtype()) ? x : cast(x, DType::float64);
  const Tensor y = decimals > 0 ? divide(round(multiply(real, scale)), scale)
                                : multiply(round(divide(real, scale)), scale);
  return cast(y, x.dtype());
}

Tensor clip(const Tensor& x, double x_min, double x_max) {
  const bool whole = x_min == std::floor(x_min) && x_max == std::floor(x_max);
  if (x.dtype() == DType::boolean) return clip(cast(x, DType::int32), x_min, x_max);
  if (!is_floating(x.dtype()) && !whole) return clip(cast(x, default_dtype()), x_min, x_max);
  const Tensor y = map_numbers(Op::clip, x, [=](auto v) {
    using T = decltype(v);
    const T low = converted<T>(x_min), high = converted<T>(x_max);
    const T raised = v < low ? low : v;
    return raised > high ? high : raised;
  });
  const auto dx = [=](const Tensor& g) {
    return where(logical_and(greater_equal(x, x_min), less_equal(x, x_max)), g, 0);
  };
  return record(Op::clip, y, Edge{x, dx});
}

Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max) {
  return minimum(maximum(x, x_min), x_max);
}

namespace {

Tensor as_dtype(const Tensor& x, DType dtype) {
  if (x.is_weak()) return x.number_as(dtype);  // 0.1 in full, not by way of float32
  const Tensor y = Tensor::empty(x.shape(), dtype);
  dispatch(dtype, [&]<class To>() {
    const auto convert = [&](const auto* from) {
      kernels::map(from, y.mutable_data<To>(), x.size(), [](auto v) { return converted<To>(v); });
    };
    dispatch(x.dtype(), [&]<class From>() {
      if constexpr (std::is_same_v<From, bool>) {
        convert(bytes(x));
      } else {
        convert(x.data<From>());
      }
    });
  });
  return y;
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype) {
  if (dtype == x.dtype()) return x;
  const Tensor y = as_dtype(x, dtype);
  if (!is_floating(dtype) || !is_floating(x.dtype())) return y;  // integers have no derivatives
  const auto dx = [from = x.dtype()](const Tensor& g) { return cast(g, from); };
  return record(Op::cast, y, Edge{x, dx});
}

Tensor stop_gradient(const Tensor& x) { return x.detached(); }

}  // namespace xtape
