// Look-ups along an axis and their adjoint.
#pragma once
#include <cstdint>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// x is (batch, outer, length, inner), indices (batch, count), y (batch, outer, count, inner).
struct GatherSizes {
  Index batch, outer, length, count, inner;
};

/// y[b, o, i, n] = x[b, o, indices[b, i], n]. Indices must lie in [0, length).
template <class T>
void gather(const T* x, const std::int64_t* indices, T* y, const GatherSizes& sizes);

/// x[b, o, indices[b, i], n] += y[b, o, i, n], in the order of i.
template <class T>
void scatter_add(const T* y, const std::int64_t* indices, T* x, const GatherSizes& sizes);

}  // namespace xtape::kernels
