/// Small helpers that the convolution kernels share.
#pragma once

#include <cstddef>
#include <vector>
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// a / b rounded up, for b > 0 and any a.
inline Index divide_up(Index a, Index b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

/// Cuts [0, count) evenly into the fewest parts of at most `most`: body(first, length).
template <class Body>
void cut(Index count, Index most, Body body) {
  const Index parts = divide_up(count, most);
  for (Index i = 0; i < parts; ++i) body(count * i / parts, count * (i + 1) / parts - count * i / parts);
}

/// Grows a buffer that is used again and again.
template <class T>
T* at_least(std::vector<T>& buffer, Index size) {
  if (static_cast<Index>(buffer.size()) < size) buffer.resize(static_cast<std::size_t>(size));
  return buffer.data();
}

}  // namespace xtape::kernels
