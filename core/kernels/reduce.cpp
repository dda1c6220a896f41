#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/reduce.hpp>

namespace xtape::kernels {
namespace {

struct Sum {
  template <class T>
  static constexpr T start = T{};
  template <class T>
  static T combine(T a, T b) {
    return static_cast<T>(a + b);
  }
};

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

// Several running results let the compiler use vectors; halving keeps the round-off of long sums small.
template <class R, class T>
T reduce_run(const T* x, Index n) {
  constexpr Index block = 1024, lanes = 128 / sizeof(T);
  if (n > block) {
    const Index half = n / 2 / block * block + (n / 2 < block ? n / 2 : 0);
    return R::combine(reduce_run<R>(x, half), reduce_run<R>(x + half, n - half));
  }
  T total = R::template start<T>;
  Index i = 0;
  if (n >= lanes) {
    std::array<T, lanes> part;
    part.fill(R::template start<T>);
    for (; i + lanes <= n; i += lanes)
      for (std::size_t k = 0; k < lanes; ++k) part[k] = R::combine(part[k], x[i + static_cast<Index>(k)]);
    for (std::size_t width = lanes / 2; width > 0; width /= 2)
      for (std::size_t k = 0; k < width; ++k) part[k] = R::combine(part[k], part[k + width]);
    total = part[0];
  }
  for (; i < n; ++i) total = R::combine(total, x[i]);
  return total;
}

/// y[j] = y[j] combined with x[i, j] over all rows i. Narrow rows are taken several at once, so that vectors are full;
/// rows are taken in blocks, each of which comes to y as one row, so that the round-off of long sums stays small.
template <class R, class T>
void reduce_rows(const T* x, Index rows, Index columns, T* y) {
  constexpr Index width = 256, block = 128;
  std::array<T, width> part;
  const auto combine_into = [](T* to, const T* from, Index n) {
    for (Index k = 0; k < n; ++k) to[k] = R::combine(to[k], from[k]);
  };
  for (Index c = 0; c < columns; c += width) {
    const Index w = std::min(width, columns - c);
    Index at_once = 1;  // a power of 2, so that the rows that were taken together can be folded by halves
    while (w == columns && 2 * at_once * w <= width && 2 * at_once <= rows) at_once *= 2;
    for (Index r = 0; r < rows;) {
      std::fill_n(part.data(), at_once * w, R::template start<T>);
      const Index stop = std::min(rows, r + block * at_once);
      for (; r + at_once <= stop; r += at_once) combine_into(part.data(), x + r * columns + c, at_once * w);
      for (; r < stop; ++r) combine_into(part.data(), x + r * columns + c, w);
      for (Index half = at_once / 2; half > 0; half /= 2)
        combine_into(part.data(), part.data() + half * w, half * w);
      combine_into(y + c, part.data(), w);
    }
  }
}

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
      reduce_rows<R>(x, rows.length, inner.length, y);
    } else {
      for (Index r = 0; r < rows.length; ++r)
        y[r * rows.y_stride] =
            R::combine(y[r * rows.y_stride], reduce_run<R>(x + r * inner.length, inner.length));
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
  const T best = reduce_run<R>(x, n);
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
