#include <cmath>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

Tensor add(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(add, a, b);
  const Tensor y = zip(Op::add, a, b, [](auto p, auto q) { return p + q; });
  const auto same = [](const Tensor& g) { return g; };
  return record_broadcast(Op::add, y, Edge{a, same}, Edge{b, same});
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(subtract, a, b);
  const Tensor y = zip(Op::subtract, a, b, [](auto p, auto q) { return p - q; });
  const auto da = [](const Tensor& g) { return g; };
  const auto db = [](const Tensor& g) { return negative(g); };
  return record_broadcast(Op::subtract, y, Edge{a, da}, Edge{b, db});
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(multiply, a, b);
  const Tensor y = zip(Op::multiply, a, b, [](auto p, auto q) { return p * q; });
  const auto da = [=](const Tensor& g) { return multiply(g, b); };
  const auto db = [=](const Tensor& g) { return multiply(g, a); };
  return record_broadcast(Op::multiply, y, Edge{a, da}, Edge{b, db});
}

Tensor divide(const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) && !is_floating(b.dtype()))
    return divide(cast(a, default_dtype()), cast(b, default_dtype()));
  if (a.dtype() != b.dtype()) return promoted(divide, a, b);
  const Tensor y = zip(Op::divide, a, b, [](auto p, auto q) { return p / q; });
  const auto da = [=](const Tensor& g) { return divide(g, b); };
  const auto db = [=](const Tensor& g) { return negative(multiply(g, divide(y, b))); };
  return record_broadcast(Op::divide, y, Edge{a, da}, Edge{b, db});
}

Tensor negative(const Tensor& x) {
  const Tensor y = map(Op::negative, x, [](auto v) { return -v; });
  const auto dx = [](const Tensor& g) { return negative(g); };
  return record(Op::negative, y, Edge{x, dx});
}

Tensor exp(const Tensor& x) {
  const Tensor y = map(Op::exp, x, [](auto v) { return std::exp(v); });
  const auto dx = [=](const Tensor& g) { return multiply(g, y); };
  return record(Op::exp, y, Edge{x, dx});
}

Tensor log(const Tensor& x) {
  const Tensor y = map(Op::log, x, [](auto v) { return std::log(v); });
  const auto dx = [=](const Tensor& g) { return divide(g, x); };
  return record(Op::log, y, Edge{x, dx});
}

Tensor square(const Tensor& x) {
  const Tensor y = map(Op::square, x, [](auto v) { return v * v; });
  const auto dx = [=](const Tensor& g) { return multiply(multiply(g, x), 2); };
  return record(Op::square, y, Edge{x, dx});
}

Tensor sqrt(const Tensor& x) {
  const Tensor y = map(Op::sqrt, x, [](auto v) { return std::sqrt(v); });
  const auto dx = [=](const Tensor& g) { return divide(g, multiply(y, 2)); };
  return record(Op::sqrt, y, Edge{x, dx});
}

Tensor abs(const Tensor& x) {
  const Tensor y = map(Op::abs, x, [](auto v) { return std::abs(v); });
  const auto dx = [=](const Tensor& g) { return multiply(g, sign(x)); };
  return record(Op::abs, y, Edge{x, dx});
}

Tensor sign(const Tensor& x) {
  const Tensor y = map(Op::sign, x, [](auto v) { return static_cast<decltype(v)>((v > 0) - (v < 0)); });
  const auto dx = [](const Tensor& g) { return zeros_like(g); };
  return record(Op::sign, y, Edge{x, dx});
}

Tensor relu(const Tensor& x) {
  const Tensor y = map(Op::relu, x, [](auto v) { return v > 0 ? v : 0 * v; });
  const auto dx = [=](const Tensor& g) { return multiply(g, sign(y)); };
  return record(Op::relu, y, Edge{x, dx});
}

Tensor cast(const Tensor& x, DType dtype) {
  if (dtype == x.dtype()) return x;
  const Tensor y = Tensor::empty(x.shape(), dtype);
  dispatch(x.dtype(), [&]<class From>() {
    dispatch(dtype, [&]<class To>() {
      kernels::map(x.data<From>(), y.mutable_data<To>(), x.size(), [](From v) { return static_cast<To>(v); });
    });
  });
  if (!is_floating(dtype) || !is_floating(x.dtype())) return y;  // integers have no derivatives
  const auto dx = [from = x.dtype()](const Tensor& g) { return cast(g, from); };
  return record(Op::cast, y, Edge{x, dx});
}

}  // namespace xtape
