// Questions with the answers true and false, and the choice by them.
#include <cmath>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

namespace {

// y[i] = f(a[i], b[i]) is true or false, after promotion.
template <class F>
Tensor compare(std::string_view owner, const Tensor& a, const Tensor& b, F f) {
  const DType dtype = promoted_dtype(a, b);
  const Tensor p = cast(a, dtype), q = cast(b, dtype);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), owner);
  const Tensor y = Tensor::empty(shape, DType::boolean);
  dispatch(dtype, [&]<class T>() {
    kernels::zip(p.data<T>(), p.shape(), q.data<T>(), q.shape(), y.mutable_data<bool>(), shape, f);
  });
  return y;
}

template <class F>
Tensor ask(const Tensor& x, F f) {
  const Tensor y = Tensor::empty(x.shape(), DType::boolean);
  dispatch(x.dtype(), [&]<class T>() { kernels::map(x.data<T>(), y.mutable_data<bool>(), x.size(), f); });
  return y;
}

Tensor truth(const Tensor& x) { return cast(x, DType::boolean); }

template <class F>
Tensor combine(std::string_view owner, const Tensor& a, const Tensor& b, F f) {
  const Tensor p = truth(a), q = truth(b);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), owner);
  const Tensor y = Tensor::empty(shape, DType::boolean);
  kernels::zip(bytes(p), p.shape(), bytes(q), q.shape(), y.mutable_data<bool>(), shape, f);
  return y;
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) {
  return compare("equal", a, b, [](auto p, auto q) { return p == q; });
}
Tensor not_equal(const Tensor& a, const Tensor& b) {
  return compare("not_equal", a, b, [](auto p, auto q) { return p != q; });
}
Tensor less(const Tensor& a, const Tensor& b) {
  return compare("less", a, b, [](auto p, auto q) { return p < q; });
}
Tensor less_equal(const Tensor& a, const Tensor& b) {
  return compare("less_equal", a, b, [](auto p, auto q) { return p <= q; });
}
Tensor greater(const Tensor& a, const Tensor& b) {
  return compare("greater", a, b, [](auto p, auto q) { return p > q; });
}
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return compare("greater_equal", a, b, [](auto p, auto q) { return p >= q; });
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return combine("logical_and", a, b, [](std::uint8_t p, std::uint8_t q) { return (p & q) != 0; });
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return combine("logical_or", a, b, [](std::uint8_t p, std::uint8_t q) { return (p | q) != 0; });
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return combine("logical_xor", a, b, [](std::uint8_t p, std::uint8_t q) { return p != q; });
}
Tensor logical_not(const Tensor& x) {
  return ask(x, [](auto v) { return v == decltype(v){}; });
}

Tensor isnan(const Tensor& x) {
  return ask(x, [](auto v) { return v != v; });
}
Tensor isinf(const Tensor& x) {
  return ask(x, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>) return std::isinf(v);
    return false;
  });
}
Tensor isfinite(const Tensor& x) {
  return ask(x, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>) return std::isfinite(v);
    return true;
  });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype())
    return promoted([&](const Tensor& p, const Tensor& q) { return where(condition, p, q); }, a, b);
  const Tensor c = truth(condition);
  const Shape shape = broadcast_shapes(c.shape(), broadcast_shapes(a.shape(), b.shape(), "where"), "where");
  const Tensor y = Tensor::empty(shape, a.dtype());
  dispatch(a.dtype(), [&]<class T>() {
    kernels::zip3(bytes(c), c.shape(), a.data<T>(), a.shape(), b.data<T>(), b.shape(), y.mutable_data<T>(),
        shape, [](std::uint8_t chosen, T p, T q) { return chosen != 0 ? p : q; });
  });
  const auto da = [=](const Tensor& g) { return where(c, g, 0); };
  const auto db = [=](const Tensor& g) { return where(c, 0, g); };
  return record_broadcast(Op::where, y, Edge{a, da}, Edge{b, db});
}

}  // namespace xtape
