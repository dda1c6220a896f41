// Loops over elements: one input (map), two inputs with broadcasting (zip).
//
// Broadcasting repeats an input along axes. The loops below split the axes into an outer part, walked by index, and an
// inner run in which each input either moves or stands still; the compiler vectorizes the inner run.
#pragma once
#include <array>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y[i] = f(x[i])
template <class X, class Y, class F>
void map(const X* x, Y* y, Index n, F f) {
  for (Index i = 0; i < n; ++i) y[i] = static_cast<Y>(f(x[i]));
}

/// How far each input moves when the index along an axis grows by one: 0 where it is repeated.
inline std::array<Index, Shape::max_rank> broadcast_strides(const Shape& x, const Shape& y) {
  std::array<Index, Shape::max_rank> strides{};
  Index stride = 1;
  for (Index i = x.rank() - 1, j = y.rank() - 1; i >= 0; --i, --j) {
    strides[static_cast<std::size_t>(j)] = x[i] == 1 ? 0 : stride;
    stride *= x[i];
  }
  return strides;
}

/// How the elements of y are met together with those of two inputs repeated to its shape: loops, the innermost first.
/// Neighbouring axes along which both inputs go on alike are one loop.
struct PairLoops {
  struct Loop {
    Index length = 1, a = 0, b = 0;  // how often, and how far each input moves
  };
  std::array<Loop, static_cast<std::size_t>(Shape::max_rank)> loops{};
  std::size_t count = 0;

  PairLoops(const Shape& a_shape, const Shape& b_shape, const Shape& y_shape) {
    const auto a = broadcast_strides(a_shape, y_shape), b = broadcast_strides(b_shape, y_shape);
    for (Index axis = y_shape.rank() - 1; axis >= 0; --axis) {
      const auto k = static_cast<std::size_t>(axis);
      if (y_shape[axis] == 1) continue;
      Loop* const inside = count > 0 ? &loops[count - 1] : nullptr;
      if (inside && a[k] == inside->a * inside->length && b[k] == inside->b * inside->length) {
        inside->length *= y_shape[axis];
      } else {
        loops[count++] = {y_shape[axis], a[k], b[k]};
      }
    }
  }
};

/// y[i, j, ...] = f(a[i, j, ...], b[i, j, ...]) with a and b repeated to the shape of y, which is as long as the longer one
/// along each axis.
template <class A, class B, class Y, class F>
void zip(
    const A* a, const Shape& a_shape, const B* b, const Shape& b_shape, Y* y, const Shape& y_shape, F f) {
  const Index n = y_shape.size();
  if (n == 0) return;
  if (a_shape == b_shape) {
    for (Index i = 0; i < n; ++i) y[i] = static_cast<Y>(f(a[i], b[i]));
    return;
  }
  const PairLoops walk(a_shape, b_shape, y_shape);
  const PairLoops::Loop inner = walk.loops[0], rows = walk.loops[1];
  std::array<Index, static_cast<std::size_t>(Shape::max_rank)> index{};
  for (const Y* const end = y + n; y != end;) {
    const A* p = a;
    const B* q = b;
    for (Index r = 0; r < rows.length; ++r, p += rows.a, q += rows.b, y += inner.length) {
      if (inner.a != 0 && inner.b != 0) {
        for (Index i = 0; i < inner.length; ++i) y[i] = static_cast<Y>(f(p[i], q[i]));
      } else if (inner.a != 0) {
        for (Index i = 0; i < inner.length; ++i) y[i] = static_cast<Y>(f(p[i], *q));
      } else {
        for (Index i = 0; i < inner.length; ++i) y[i] = static_cast<Y>(f(*p, q[i]));
      }
    }
    for (std::size_t i = 2; i < walk.count; ++i) {
      const PairLoops::Loop& loop = walk.loops[i];
      a += loop.a, b += loop.b;
      if (++index[i] < loop.length) break;
      index[i] = 0;
      a -= loop.a * loop.length, b -= loop.b * loop.length;
    }
  }
}

/// y[i, j, ...] = f(a[i, j, ...], b[i, j, ...], c[i, j, ...]) with all three repeated to the shape of y.
template <class A, class B, class C, class Y, class F>
void zip3(const A* a, const Shape& a_shape, const B* b, const Shape& b_shape, const C* c,
    const Shape& c_shape, Y* y, const Shape& y_shape, F f) {
  const Index n = y_shape.size();
  if (n == 0) return;
  // The last axis is the inner run; it is the whole array when nothing is repeated.
  const bool same = a_shape == y_shape && b_shape == y_shape && c_shape == y_shape;
  const Shape walked = same || y_shape.rank() == 0 ? Shape{n} : y_shape;
  const auto strides_of = [&](const Shape& x) { return broadcast_strides(same ? walked : x, walked); };
  const auto a_strides = strides_of(a_shape), b_strides = strides_of(b_shape),
             c_strides = strides_of(c_shape);
  const Index inner = walked.back(), last = walked.rank() - 1;
  const auto at_last = static_cast<std::size_t>(last);
  const Index a_step = a_strides[at_last], b_step = b_strides[at_last], c_step = c_strides[at_last];
  std::array<Index, Shape::max_rank> index{};
  for (Index block = 0; block < n; block += inner) {
    Index p = 0, q = 0, r = 0;
    for (std::size_t i = 0; i < at_last; ++i) {
      p += index[i] * a_strides[i];
      q += index[i] * b_strides[i];
      r += index[i] * c_strides[i];
    }
    Y* out = y + block;
    if (a_step == 1 && b_step == 1 && c_step == 1) {
      for (Index i = 0; i < inner; ++i) out[i] = f(a[p + i], b[q + i], c[r + i]);
    } else if (a_step == 1 && b_step == 1 && c_step == 0) {
      for (Index i = 0; i < inner; ++i) out[i] = f(a[p + i], b[q + i], c[r]);
    } else if (a_step == 1 && b_step == 0 && c_step == 1) {
      for (Index i = 0; i < inner; ++i) out[i] = f(a[p + i], b[q], c[r + i]);
    } else {
      for (Index i = 0; i < inner; ++i) out[i] = f(a[p + i * a_step], b[q + i * b_step], c[r + i * c_step]);
    }
    for (Index i = last - 1; i >= 0 && ++index[static_cast<std::size_t>(i)] == walked[i]; --i)
      index[static_cast<std::size_t>(i)] = 0;
  }
}

}  // namespace xtape::kernels
