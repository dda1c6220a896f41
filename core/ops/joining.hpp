// Ops that put tensors together, take them apart again, and repeat them.
#pragma once
#include <initializer_list>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The tensors one after the other along an axis. All other axes must agree; dtypes are promoted.
/// Throws ValueError for an empty list.
Tensor concatenate(const std::vector<Tensor>& tensors, Index axis = -1);

/// Tensors of one shape along a new axis.
Tensor stack(const std::vector<Tensor>& tensors, Index axis = 0);

/// The entries along an axis, which goes: stack's inverse.
std::vector<Tensor> unstack(const Tensor& x, Index axis = 0);

/// x cut along an axis into `sections` equal parts, or before each of the given indices.
std::vector<Tensor> split(const Tensor& x, Index sections, Index axis = 0);
std::vector<Tensor> split(const Tensor& x, const std::vector<Index>& indices, Index axis = 0);
inline std::vector<Tensor> split(const Tensor& x, std::initializer_list<Index> indices, Index axis = 0) {
  return split(x, std::vector<Index>(indices), axis);  // so that {2} is a list, too
}

/// x moved `shift` entries along an axis; what leaves at the end comes back at the start.
Tensor roll(const Tensor& x, Index shift, Index axis);

/// x `repeats[i]` times along axis i, as numpy.tile: missing leading repeats are 1, missing leading axes are added.
Tensor tile(const Tensor& x, const std::vector<Index>& repeats);

/// Each entry along an axis `repeats` times, or entry i repeats[i] times.
Tensor repeat(const Tensor& x, Index repeats, Index axis);
Tensor repeat(const Tensor& x, const std::vector<Index>& repeats, Index axis);

}  // namespace xtape
