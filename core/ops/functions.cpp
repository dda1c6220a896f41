// Functions of real numbers: exponentials, circular and hyperbolic functions, and what statistics needs.
#include <cmath>
#include <numbers>

#include <xtape/core/kernels/gamma.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

Tensor exp(const Tensor& x) {
  if (!is_floating(x.dtype())) return exp(cast(x, default_dtype()));
  const Tensor y = function(Op::exp, x);
  const auto dx = [=](const Tensor& g) { return multiply(g, y); };
  return record(Op::exp, y, Edge{x, dx});
}

Tensor expm1(const Tensor& x) {
  if (!is_floating(x.dtype())) return expm1(cast(x, default_dtype()));
  const Tensor y = function(Op::expm1, x);
  const auto dx = [=](const Tensor& g) { return multiply(g, add(y, 1)); };
  return record(Op::expm1, y, Edge{x, dx});
}

Tensor log(const Tensor& x) {
  if (!is_floating(x.dtype())) return log(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, x); };
  return record(Op::log, function(Op::log, x), Edge{x, dx});
}

Tensor log1p(const Tensor& x) {
  if (!is_floating(x.dtype())) return log1p(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, add(x, 1)); };
  return record(Op::log1p, function(Op::log1p, x), Edge{x, dx});
}

Tensor sin(const Tensor& x) {
  if (!is_floating(x.dtype())) return sin(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, cos(x)); };
  return record(Op::sin, function(Op::sin, x), Edge{x, dx});
}

Tensor cos(const Tensor& x) {
  if (!is_floating(x.dtype())) return cos(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return negative(multiply(g, sin(x))); };
  return record(Op::cos, function(Op::cos, x), Edge{x, dx});
}

Tensor tan(const Tensor& x) {
  if (!is_floating(x.dtype())) return tan(cast(x, default_dtype()));
  const Tensor y = function(Op::tan, x);
  const auto dx = [=](const Tensor& g) { return multiply(g, add(square(y), 1)); };
  return record(Op::tan, y, Edge{x, dx});
}

Tensor arcsin(const Tensor& x) {
  if (!is_floating(x.dtype())) return arcsin(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, sqrt(subtract(1, square(x)))); };
  return record(Op::arcsin, function(Op::arcsin, x), Edge{x, dx});
}

Tensor arccos(const Tensor& x) {
  if (!is_floating(x.dtype())) return arccos(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return negative(divide(g, sqrt(subtract(1, square(x))))); };
  return record(Op::arccos, function(Op::arccos, x), Edge{x, dx});
}

Tensor arctan(const Tensor& x) {
  if (!is_floating(x.dtype())) return arctan(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, add(square(x), 1)); };
  return record(Op::arctan, function(Op::arctan, x), Edge{x, dx});
}

Tensor arctan2(const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) && !is_floating(b.dtype()))
    return arctan2(cast(a, default_dtype()), cast(b, default_dtype()));
  if (a.dtype() != b.dtype()) return promoted(arctan2, a, b);
  const Tensor y = zip_floating(Op::arctan2, a, b, [](auto p, auto q) { return std::atan2(p, q); });
  const auto over_squared_radius = [=](const Tensor& v) { return divide(v, add(square(a), square(b))); };
  const auto da = [=](const Tensor& g) { return multiply(g, over_squared_radius(b)); };
  const auto db = [=](const Tensor& g) { return negative(multiply(g, over_squared_radius(a))); };
  return record_broadcast(Op::arctan2, y, Edge{a, da}, Edge{b, db});
}

Tensor sinh(const Tensor& x) {
  if (!is_floating(x.dtype())) return sinh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, cosh(x)); };
  return record(Op::sinh, function(Op::sinh, x), Edge{x, dx});
}

Tensor cosh(const Tensor& x) {
  if (!is_floating(x.dtype())) return cosh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, sinh(x)); };
  return record(Op::cosh, function(Op::cosh, x), Edge{x, dx});
}

namespace {

// u = g (1 - y^2): tanh's gradient in one pass over memory.
Tensor tanh_grad(const Tensor& g, const Tensor& y) {
  const Tensor u = zip_floating(Op::tanh_grad, g, y, [](auto p, auto q) { return p * (1 - q * q); });
  const auto dg = [=](const Tensor& v) { return tanh_grad(v, y); };
  const auto dy = [=](const Tensor& v) { return multiply(multiply(multiply(v, g), y), -2); };
  return record(Op::tanh_grad, u, Edge{g, dg}, Edge{y, dy});
}

}  // namespace

Tensor tanh(const Tensor& x) {
  if (!is_floating(x.dtype())) return tanh(cast(x, default_dtype()));
  const Tensor y = function(Op::tanh, x);
  const auto dx = [=](const Tensor& g) { return tanh_grad(g, y); };
  return record(Op::tanh, y, Edge{x, dx});
}

Tensor arcsinh(const Tensor& x) {
  if (!is_floating(x.dtype())) return arcsinh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, sqrt(add(square(x), 1))); };
  return record(Op::arcsinh, function(Op::arcsinh, x), Edge{x, dx});
}

Tensor arccosh(const Tensor& x) {
  if (!is_floating(x.dtype())) return arccosh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, sqrt(subtract(square(x), 1))); };
  return record(Op::arccosh, function(Op::arccosh, x), Edge{x, dx});
}

Tensor arctanh(const Tensor& x) {
  if (!is_floating(x.dtype())) return arctanh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return divide(g, subtract(1, square(x))); };
  return record(Op::arctanh, function(Op::arctanh, x), Edge{x, dx});
}

Tensor erf(const Tensor& x) {
  if (!is_floating(x.dtype())) return erf(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) {
    return multiply(multiply(g, exp(negative(square(x)))), 2 * std::numbers::inv_sqrtpi);
  };
  return record(Op::erf, function(Op::erf, x), Edge{x, dx});
}

Tensor logaddexp(const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) && !is_floating(b.dtype()))
    return logaddexp(cast(a, default_dtype()), cast(b, default_dtype()));
  if (a.dtype() != b.dtype()) return promoted(logaddexp, a, b);
  const Tensor y = zip_floating(Op::logaddexp, a, b, [](auto p, auto q) {
    const auto distance = p == q ? p - p : std::abs(p - q);  // two equal infinities are 0 apart
    const auto larger = p > q || p != p ? p : q;
    return std::isinf(larger) ? larger : larger + std::log1p(std::exp(-distance));
  });
  const auto da = [=](const Tensor& g) { return multiply(g, exp(subtract(a, y))); };
  const auto db = [=](const Tensor& g) { return multiply(g, exp(subtract(b, y))); };
  return record_broadcast(Op::logaddexp, y, Edge{a, da}, Edge{b, db});
}

Tensor lgamma(const Tensor& x) {
  if (!is_floating(x.dtype())) return lgamma(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, digamma(x)); };
  return record(Op::lgamma, function(Op::lgamma, x), Edge{x, dx});
}

Tensor polygamma(int order, const Tensor& x) {
  require(order >= 0, "polygamma", "order must not be negative (received order=", order, ")");
  if (!is_floating(x.dtype())) return polygamma(order, cast(x, default_dtype()));
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), "polygamma",
      [&]<class T>() { kernels::polygamma(order, x.data<T>(), y.mutable_data<T>(), x.size()); });
  const auto dx = [=](const Tensor& g) { return multiply(g, polygamma(order + 1, x)); };
  return record(Op::polygamma, y, Edge{x, dx});
}

Tensor digamma(const Tensor& x) { return polygamma(0, x); }

}  // namespace xtape
