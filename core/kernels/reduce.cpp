#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/reduce.hpp>
#include <xtape/core/kernels/reduce_loops.hpp>

namespace xtape::kernels {
namespace {

// b != b is true for NaN alone, which stays once it has come in: nothing compares larger or smaller.
struct Max {
  template <class T>
  static constexpr T start = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                                  : std::numeric_limits<T>::lowest();
  template <class T>
  static T combine(T a, T b) {
    return ((b > a) | (b != b)) ? b : a;
  }
};

struct Min {
  template <class T>
  static constexpr T start = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                                  : std::numeric_limits<T>::max();
  template <class T>
  static T combine(T a, T b) {
    return ((b < a) | (b != b)) ? b : a;
  }
};

struct Axis {
  Index length, y_stride;  // y_stride is 0 where x is reduced
};

/// The axes of x, outermost first, joined until kept and reduced ones alternate.
struct Walk {
  std::array<Axis, static_cast<std::size_t>(Shape::max_rank)> axes{};
  Index rank = 0;

  Walk(const Shape& x, const Shape& y) {
    const auto strides = broadcast_strides(y, x);
    for (Index i = 0; i < x.rank(); ++i) {
      const Axis axis{x[i], strides[static_cast<std::size_t>(i)]};
      if (axis.length == 1) continue;
      if (rank > 0 && ((*this)[rank - 1].y_stride == 0) == (axis.y_stride == 0)) {
        (*this)[rank - 1] = {(*this)[rank - 1].length * axis.length, axis.y_stride};
      } else {
        (*this)[rank++] = axis;
      }
    }
  }
  Axis& operator[](Index i) { return axes[static_cast<std::size_t>(i)]; }
};

template <class R, class T>
void reduce_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape) {
  std::fill_n(y, y_shape.size(), R::template start<T>);
  const Index n = x_shape.size();
  if (n == 0) return;
  Walk walk(x_shape, y_shape);
  const Axis inner = walk.rank > 0 ? walk[walk.rank - 1] : Axis{1, 0};
  const Axis rows = walk.rank > 1 ? walk[walk.rank - 2] : Axis{1, 0};
  const Index outer_rank = std::max<Index>(0, walk.rank - 2);
  std::array<Index, static_cast<std::size_t>(Shape::max_rank)> index{};
  for (const T* const end = x + n; x != end; x += rows.length * inner.length) {
    if (inner.y_stride != 0) {
      reduce_rows<R>(rows.length, inner.length, y, [x](Index i, Index) { return x[i]; });
    } else {
      for (Index r = 0; r < rows.length; ++r)
        y[r * rows.y_stride] = R::combine(y[r * rows.y_stride],
            reduce_run<R, T>(r * inner.length, inner.length, [x](Index i) { return x[i]; }));
    }
    for (Index i = outer_rank - 1; i >= 0; --i) {
      y += walk[i].y_stride;
      if (++index[static_cast<std::size_t>(i)] < walk[i].length) break;
      index[static_cast<std::size_t>(i)] = 0;
      y -= walk[i].y_stride * walk[i].length;
    }
  }
}

/// Where the first entry stands that is the extremum of the run, or NaN.
template <class R, class T>
std::int64_t find_best(const T* x, Index n) {
  const T best = reduce_run<R, T>(0, n, [x](Index i) { return x[i]; });
  Index i = 0;
  while (i + 1 < n && !(x[i] == best || x[i] != x[i])) ++i;
  return i;
}

/// R decides: entry b replaces a when combining them gives b and not a. NaN replaces all but NaN.
template <class R, class T>
void argbest(const T* x, std::int64_t* y, const LineSizes& s) {
  if (s.inner == 1) {
    for (Index o = 0; o < s.outer; ++o) y[o] = find_best<R>(x + o * s.length, s.length);
    return;
  }
  for (Index o = 0; o < s.outer; ++o, x += s.length * s.inner, y += s.inner) {
    std::fill_n(y, s.inner, std::int64_t{0});
    for (Index t = 1; t < s.length; ++t)
      for (Index i = 0; i < s.inner; ++i) {
        const T best = x[y[i] * s.inner + i], here = x[t * s.inner + i];
        const T both = R::combine(best, here);
        if (best == best && (both != best || both != both)) y[i] = t;
      }
  }
}

}  // namespace

template <class T>
void sum_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape) {
  reduce_to<Sum>(x, x_shape, y, y_shape);
}

template <class T>
void max_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape) {
  reduce_to<Max>(x, x_shape, y, y_shape);
}

template <class T>
void min_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape) {
  reduce_to<Min>(x, x_shape, y, y_shape);
}

template <class T>
void argmax(const T* x, std::int64_t* y, const LineSizes& sizes) {
  argbest<Max>(x, y, sizes);
}

template <class T>
void argmin(const T* x, std::int64_t* y, const LineSizes& sizes) {
  argbest<Min>(x, y, sizes);
}

namespace {

/// One line, `step` from one entry to the next.
template <class T>
void cumsum_line(const T* x, T* y, Index n, Index step, bool exclusive) {
  T total{};
  for (Index t = 0; t < n; ++t, x += step, y += step) {
    const T before = total;
    total = static_cast<T>(total + *x);
    *y = exclusive ? before : total;
  }
}

}  // namespace

template <class T>
void cumsum(const T* x, T* y, const LineSizes& s, bool exclusive, bool reverse) {
  if (s.length == 0) return;
  const Index forward = reverse ? -s.inner : s.inner, first = reverse ? (s.length - 1) * s.inner : 0;
  for (Index o = 0; o < s.outer; ++o, x += s.length * s.inner, y += s.length * s.inner) {
    const T* from = x + first;
    T* to = y + first;
    if (s.inner == 1) {
      cumsum_line(from, to, s.length, forward, exclusive);
      continue;
    }
    if (exclusive) {
      std::fill_n(to, s.inner, T{});
    } else {
      std::copy_n(from, s.inner, to);
    }
    for (Index t = 1; t < s.length; ++t) {
      const T* next = exclusive ? from : from + forward;
      for (Index i = 0; i < s.inner; ++i) to[forward + i] = static_cast<T>(to[i] + next[i]);
      from += forward;
      to += forward;
    }
  }
}

template void sum_to<float>(const float*, const Shape&, float*, const Shape&);
template void sum_to<double>(const double*, const Shape&, double*, const Shape&);
template void sum_to<std::int32_t>(const std::int32_t*, const Shape&, std::int32_t*, const Shape&);
template void sum_to<std::int64_t>(const std::int64_t*, const Shape&, std::int64_t*, const Shape&);
template void max_to<float>(const float*, const Shape&, float*, const Shape&);
template void max_to<double>(const double*, const Shape&, double*, const Shape&);
template void max_to<std::int32_t>(const std::int32_t*, const Shape&, std::int32_t*, const Shape&);
template void max_to<std::int64_t>(const std::int64_t*, const Shape&, std::int64_t*, const Shape&);
template void max_to<bool>(const bool*, const Shape&, bool*, const Shape&);
template void min_to<float>(const float*, const Shape&, float*, const Shape&);
template void min_to<double>(const double*, const Shape&, double*, const Shape&);
template void min_to<std::int32_t>(const std::int32_t*, const Shape&, std::int32_t*, const Shape&);
template void min_to<std::int64_t>(const std::int64_t*, const Shape&, std::int64_t*, const Shape&);
template void min_to<bool>(const bool*, const Shape&, bool*, const Shape&);
template void argmax<float>(const float*, std::int64_t*, const LineSizes&);
template void argmax<double>(const double*, std::int64_t*, const LineSizes&);
template void argmax<std::int32_t>(const std::int32_t*, std::int64_t*, const LineSizes&);
template void argmax<std::int64_t>(const std::int64_t*, std::int64_t*, const LineSizes&);
template void argmax<bool>(const bool*, std::int64_t*, const LineSizes&);
template void argmin<float>(const float*, std::int64_t*, const LineSizes&);
template void argmin<double>(const double*, std::int64_t*, const LineSizes&);
template void argmin<std::int32_t>(const std::int32_t*, std::int64_t*, const LineSizes&);
template void argmin<std::int64_t>(const std::int64_t*, std::int64_t*, const LineSizes&);
template void argmin<bool>(const bool*, std::int64_t*, const LineSizes&);
template void cumsum<float>(const float*, float*, const LineSizes&, bool, bool);
template void cumsum<double>(const double*, double*, const LineSizes&, bool, bool);
template void cumsum<std::int32_t>(const std::int32_t*, std::int32_t*, const LineSizes&, bool, bool);
template void cumsum<std::int64_t>(const std::int64_t*, std::int64_t*, const LineSizes&, bool, bool);

}  // namespace xtape::kernels
