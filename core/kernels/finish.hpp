/// What layers do to each element of a product or convolution before anybody sees it:  y[row, j] = f(y[row, j] + bias[j]).
///
/// Kernels that hold their results in registers do it there; for others there is one pass over memory.
#pragma once

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

template <class T>
struct Finish {
  const T* bias = nullptr;  // null: none
  bool relu = false;        // f(v) = v where v > 0 or NaN, else 0; without it f(v) = v
};

/// The pass over memory, for contiguous rows.
template <class T>
void apply(const Finish<T>& finish, T* y, Index rows, Index columns);

}  // namespace xtape::kernels
