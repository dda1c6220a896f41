// Reductions over axes, and what runs along one axis.
//
// A reduction over any set of axes is a walk over x in memory order. Neighbouring axes that are all kept or all reduced are
// joined, so that what is left alternates, and the innermost part is one of two loops: a run that is reduced to one
// number, or rows that are reduced to one row.
#pragma once
#include <cstdint>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// y = x summed down to `y_shape`, which has the rank of `x_shape` and 1 where x is reduced. Overwrites y.
/// Long sums are added in blocks, so that the error does not grow with the length.
template <class T>
void sum_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape);

/// The largest and the smallest instead; NaN where there is one. Of no entries: the smallest and the largest T.
template <class T>
void max_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape);
template <class T>
void min_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape);

/// x is (outer, length, inner): what runs along the middle axis.
struct LineSizes {
  Index outer, length, inner;
};

/// y (outer, inner) = where along the lines of x the largest or smallest entry stands first; NaN counts as both.
/// length must be at least 1.
template <class T>
void argmax(const T* x, std::int64_t* y, const LineSizes& sizes);
template <class T>
void argmin(const T* x, std::int64_t* y, const LineSizes& sizes);

/// y[o, t, i] = the sum of x[o, s, i] over s <= t; over s < t when exclusive; from the other end when reverse.
template <class T>
void cumsum(const T* x, T* y, const LineSizes& sizes, bool exclusive, bool reverse);

}  // namespace xtape::kernels
