/// grad_tile, as conv1d_tiles.hpp describes it.
#pragma once

#include <array>
#include <utility>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_tiles.hpp>

namespace xtape::kernels {

// Rows that lie in the second cache, and in wide layers far apart, are asked for before they are needed.
inline constexpr Index rows_ahead = 8;

template <class T, int Vectors, std::size_t... I, std::size_t... V>
inline void grad_sums(const T* in, Index in_pitch, const T* out, Index out_pitch, Index rows, T* w,
    Index w_pitch, bool first, std::index_sequence<I...>, std::index_sequence<V...>) {
  using Vector = xsimd::batch<T>;
  Vector sums[] = {((void)I, Vector(T(0)))...};
  if (!first)
    ((sums[I] = Vector::load_unaligned(
          w + static_cast<Index>(I / Vectors) * w_pitch + static_cast<Index>(I % Vectors) * lanes<T>)),
        ...);
  for (Index r = 0; r < rows; ++r, in += in_pitch, out += out_pitch) {
    if constexpr (Vectors > 1) {  // tiles of one vector have no load to spare
      prefetch(in, rows_ahead * in_pitch);
      prefetch(in, rows_ahead * in_pitch + static_cast<Index>(sizeof...(I) / Vectors) - 1);
      (prefetch(out, rows_ahead * out_pitch + static_cast<Index>(V) * lanes<T>), ...);
    }
    const Vector y[] = {Vector::load_unaligned(out + static_cast<Index>(V) * lanes<T>)...};
    ((sums[I] = xsimd::fma(Vector(in[I / Vectors]), y[I % Vectors], sums[I])), ...);
  }
  (sums[I].store_unaligned(
       w + static_cast<Index>(I / Vectors) * w_pitch + static_cast<Index>(I % Vectors) * lanes<T>),
      ...);
}

template <class T, int Vectors, int Rows>
void grad_tile(
    const T* in, Index in_pitch, const T* out, Index out_pitch, Index rows, T* w, Index w_pitch, bool first) {
  grad_sums<T, Vectors>(in, in_pitch, out, out_pitch, rows, w, w_pitch, first,
      std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>(Vectors)>{});
}

template <class T>
using GradTile = void (*)(const T*, Index, const T*, Index, Index, T*, Index, bool);

/// The function for tiles of 1 to max_grad_rows<T, Vectors> rows is entry rows - 1.
template <class T, int Vectors>
inline constexpr auto all_grad_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GradTile<T>, sizeof...(R)>{grad_tile<T, Vectors, R + 1>...};
}
(std::make_integer_sequence<int, max_grad_rows<T, Vectors>>{});

}  // namespace xtape::kernels
