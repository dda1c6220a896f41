/// Which element of an array an index names, for twins that walk over all indices.
#pragma once

#include <array>
#include <xtape/core/shape.hpp>

#include "guarded.hpp"

namespace xtape::testing {

using Indices = std::array<Index, static_cast<std::size_t>(Shape::max_rank)>;

/// Up to four axes, together of no more than `largest` elements.
inline Shape draw_shape(std::mt19937& generator, Index shortest = 0, Index largest = 10'000) {
  std::vector<Index> axes;
  for (Index rank = pick(generator, 0, 4), i = 0; i < rank; ++i)
    axes.push_back(rank <= 2 ? draw_length(generator, shortest) : pick(generator, shortest, 8));
  const Shape shape(axes);
  return shape.size() <= largest ? shape : draw_shape(generator, shortest, largest);
}

/// An array that is repeated to `whole`: some axes are 1, or left out in front.
inline Shape draw_repeated(const Shape& whole, std::mt19937& generator) {
  Shape shape = whole.slice(pick(generator, 0, 3) == 0 ? pick(generator, 0, whole.rank()) : 0, whole.rank());
  for (Index axis = 0; axis < shape.rank(); ++axis)
    if (pick(generator, 0, 2) == 0) shape[axis] = 1;
  return shape;
}

/// The index along each axis of the i-th element.
inline Indices unravel(Index i, const Shape& shape) {
  Indices index{};
  for (Index axis = shape.rank() - 1; axis >= 0; i /= shape[axis], --axis)
    index[static_cast<std::size_t>(axis)] = i % shape[axis];
  return index;
}

/// Where in an array of shape `repeated` the element stands that index `i` of `whole` meets.
inline Index place_in(const Shape& repeated, const Indices& i, const Shape& whole) {
  Index place = 0;
  for (Index axis = 0; axis < repeated.rank(); ++axis) {
    const Index along = i[static_cast<std::size_t>(axis + whole.rank() - repeated.rank())];
    place = place * repeated[axis] + (repeated[axis] == 1 ? 0 : along);
  }
  return place;
}

}  // namespace xtape::testing
