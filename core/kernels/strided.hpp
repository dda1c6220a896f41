// Copies between arrays of one shape that lie differently in memory: what transpose, slice, pad, concatenate and
// broadcast_to are made of.
#pragma once
#include <array>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// Elements from one entry to the next along each axis. Negative ones walk backwards, 0 stands still.
using Strides = std::array<Index, static_cast<std::size_t>(Shape::max_rank)>;

/// The strides of a contiguous array.
Strides row_major(const Shape& shape);

/// to[i, j, ...] = from[i, j, ...] for all indices of `shape`. `to` must not overlap itself or `from`.
/// Axes that continue each other are joined, runs are copied whole, and where rows become columns the copy goes in tiles.
template <class T>
void copy_strided(
    const Shape& shape, const T* from, const Strides& from_strides, T* to, const Strides& to_strides);

/// Where a slice stands in a larger array: along axis i at start[i], start[i] + step[i], ...
struct Place {
  Strides start, step;
};

/// y = the slice of x, which has `y_shape`.
template <class T>
void take_slice(const T* x, const Shape& x_shape, const Place& place, T* y, const Shape& y_shape);

/// The adjoint: y = x at the place, `fill` elsewhere.
template <class T>
void put_slice(const T* x, const Shape& x_shape, const Place& place, T fill, T* y, const Shape& y_shape);

}  // namespace xtape::kernels
