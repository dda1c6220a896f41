// The two loops that reductions are made of: a run that comes to one number, and rows that come to one row. What is
// combined need not stand in memory: `at` computes it.
//
// Several running results let the compiler use vectors; adding in blocks keeps the round-off of long sums small.
#pragma once
#include <algorithm>
#include <array>
#include <type_traits>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// R: { template <class T> static constexpr T start; template <class T> static T combine(T a, T b); }
struct Sum {
  template <class T>
  static constexpr T start = T{};
  template <class T>
  static T combine(T a, T b) {
    return static_cast<T>(a + b);
  }
};

/// at(first), at(first + 1), ..., n of them, combined.
template <class R, class T, class At>
T reduce_run(Index first, Index n, const At& at) {
  constexpr Index block = 1024, lanes = 128 / sizeof(T);
  if (n > block) {
    const Index half = n / 2 / block * block + (n / 2 < block ? n / 2 : 0);
    return R::combine(reduce_run<R, T>(first, half, at), reduce_run<R, T>(first + half, n - half, at));
  }
  T total = R::template start<T>;
  Index i = first;
  const Index end = first + n;
  if (n >= lanes) {
    alignas(64) std::array<T, lanes> part;
    part.fill(R::template start<T>);
    for (; i + lanes <= end; i += lanes)
      for (std::size_t k = 0; k < lanes; ++k) part[k] = R::combine(part[k], at(i + static_cast<Index>(k)));
    for (std::size_t width = lanes / 2; width > 0; width /= 2)
      for (std::size_t k = 0; k < width; ++k) part[k] = R::combine(part[k], part[k + width]);
    total = part[0];
  }
  for (; i < end; ++i) total = R::combine(total, at(i));
  return total;
}

/// The columns that are combined together: few enough for the running results, if float32, to stay in registers. Where rows are
/// narrow, several are taken at once, as one row of up to so many entries, so that vectors are full.
inline constexpr Index row_width = 64;

/// How many: a power of 2, so that they can be folded by halves.
inline Index rows_at_once(Index rows, Index columns) {
  Index at_once = 1;
  while (2 * at_once * columns <= row_width && 2 * at_once <= rows) at_once *= 2;
  return at_once;
}

/// sums[k] = at(first + r * step + k, c + k) combined over `count` rows r, for k < w: by halves, as in reduce_run.
template <class R, class T, class Width, class At>
void reduce_columns(Index first, Index c, Width w, Index count, Index step, T* sums, const At& at) {
  constexpr Index block = 16;
  if (count > block) {
    alignas(64) std::array<T, static_cast<std::size_t>(row_width)> others;
    const Index half = count / 2;
    reduce_columns<R>(first, c, w, half, step, sums, at);
    reduce_columns<R>(first + half * step, c, w, count - half, step, others.data(), at);
    for (Index k = 0; k < w; ++k) sums[k] = R::combine(sums[k], others[static_cast<std::size_t>(k)]);
    return;
  }
  alignas(64) T part[row_width];  // apart from all that `at` may read, so that it can stand in registers
  for (Index k = 0; k < w; ++k) part[k] = R::template start<T>;
  for (Index i = 0; i < count; ++i, first += step)
    for (Index k = 0; k < w; ++k) part[k] = R::combine(part[k], at(first + k, c + k));
  for (Index k = 0; k < w; ++k) sums[k] = part[k];
}

/// y[c] = y[c] combined with at(r * columns + c, c) over all rows r. The second argument runs on past the last column where
/// several rows are taken at once: column c of the row k behind the first one is k * columns + c.
template <class R, class T, class At>
void reduce_rows(Index rows, Index columns, T* y, const At& at) {
  alignas(64) std::array<T, static_cast<std::size_t>(row_width)> part;
  T* const sums = part.data();
  const Index at_once = rows_at_once(rows, columns), groups = rows / at_once, rest = rows % at_once;
  const auto add_to_y = [&](Index c, Index w) {
    for (Index k = 0; k < w; ++k) y[c + k] = R::combine(y[c + k], sums[k]);
  };
  for (Index c = 0; c < columns; c += row_width) {
    const Index w = std::min(row_width, columns - c);
    if (at_once * w == row_width) {
      constexpr std::integral_constant<Index, row_width>
          whole;  // known to the compiler, which unrolls the loop
      reduce_columns<R>(c, c, whole, groups, at_once * columns, sums, at);
    } else {
      reduce_columns<R>(c, c, at_once * w, groups, at_once * columns, sums, at);
    }
    for (Index half = at_once / 2; half > 0; half /= 2)
      for (Index k = 0; k < half * w; ++k) sums[k] = R::combine(sums[k], sums[half * w + k]);
    add_to_y(c, w);
    if (rest == 0) continue;
    reduce_columns<R>(groups * at_once * columns + c, c, w, rest, columns, sums, at);
    add_to_y(c, w);
  }
}

}  // namespace xtape::kernels
