/// dot_tiles, as conv1d_tiles.hpp describes them: sums over vectors of the source, whose lanes are added up at the end.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <xtape/core/kernels/conv1d_tiles.hpp>

namespace xtape::kernels {

template <class T>
struct LanesOf {
  typedef T Register __attribute__((vector_size(sizeof(xsimd::batch<T>))));  // what the compiler can shuffle
};
template <class T>
using Register = typename LanesOf<T>::Register;

// Halves two vectors' partial sums and puts them into one: where blocks 0, 1, 2, ... of Block lanes stand in each,
// the result is a0 + a1, b0 + b1, a2 + a3, b2 + b3, ...
template <class T, std::size_t Block, std::size_t... I>
inline Register<T> halved(const Register<T>& a, const Register<T>& b, std::index_sequence<I...>) {
  constexpr std::size_t size = sizeof...(I);
  return __builtin_shufflevector(a, b, (I & Block ? size + I - Block : I)...) +
         __builtin_shufflevector(a, b, (I & Block ? size + I : I + Block)...);
}

inline constexpr std::size_t sums_at_once = 8;

// The lanes of each of eight vectors added up. Halving lists of vectors pairwise takes a third of the shuffles that
// vector after vector would.
template <class T>
inline void add_lanes(const Register<T> (&x)[sums_at_once], T* sums) {
  constexpr std::size_t size = xsimd::batch<T>::size;
  constexpr auto each_lane = std::make_index_sequence<size>{};
  const auto store = [](const auto& vectors, T* to) { std::memcpy(to, &vectors, sizeof vectors); };
  const Register<T> pairs[] = {halved<T, 1>(x[0], x[1], each_lane), halved<T, 1>(x[2], x[3], each_lane),
      halved<T, 1>(x[4], x[5], each_lane), halved<T, 1>(x[6], x[7], each_lane)};
  if constexpr (size == 2) return store(pairs, sums);
  if constexpr (size > 2) {
    const Register<T> fours[] = {
        halved<T, 2>(pairs[0], pairs[1], each_lane), halved<T, 2>(pairs[2], pairs[3], each_lane)};
    if constexpr (size == 4) return store(fours, sums);
    if constexpr (size > 4) {
      const Register<T> eight = halved<T, 4>(fours[0], fours[1], each_lane);
      alignas(64) T parts[size];
      store(eight, parts);
      for (std::size_t r = 0; r < sums_at_once; ++r) sums[r] = parts[r];
      for (std::size_t l = sums_at_once; l < size; l += sums_at_once)
        for (std::size_t r = 0; r < sums_at_once; ++r) sums[r] += parts[l + r];
    }
  }
}

template <class T>
[[gnu::noinline]] void add_rest(const T* in, Index in_pitch, const T* w, Index length, T* sums, Index rows) {
  for (Index r = 0; r < rows; ++r)
    for (Index i = 0; i < length; ++i) sums[r] += in[r * in_pitch + i] * w[i];
}

template <class T, Index Overlap, std::size_t... R, std::size_t... S>
inline void dot_sums(
    const GatherBlock<T>& block, const T* in, T* out, std::index_sequence<R...>, std::index_sequence<S...>) {
  using Vector = xsimd::batch<T>;
  constexpr std::size_t rows = sizeof...(R), all = (rows + sums_at_once - 1) / sums_at_once * sums_at_once;
  const Index in_pitch = block.in_pitch;
  Vector sums[] = {((void)R, Vector(T(0)))...};
  alignas(64) T totals[all], rests[all];
  std::fill_n(rests, all, block.bias[0]);
  for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
    const Stretch s = stretch_of(*run, block.first, block.last, block.channels);
    add_stretch<Meet::neighbours, 1, Overlap>(
        sums, in + s.element, in_pitch, block.weights + s.row, 1, s.length, block.shorter);
    if (const Index rest = s.length % lanes<T>; rest > 0)
      add_rest(in + s.element + s.length - rest, in_pitch, block.weights + s.row + s.length - rest, rest,
          rests, static_cast<Index>(rows));
  }
  const auto add_lanes_of = [&]<std::size_t first>(std::integral_constant<std::size_t, first>) {
    const Register<T> registers[] = {std::bit_cast<Register<T>>(sums[std::min(first + S, rows - 1)])...};
    add_lanes<T>(registers, totals + first);
  };
  add_lanes_of(std::integral_constant<std::size_t, 0>{});
  if constexpr (rows > sums_at_once) add_lanes_of(std::integral_constant<std::size_t, sums_at_once>{});
  for (std::size_t r = 0; r < all; ++r) totals[r] += rests[r];
  if (block.relu)
    for (T& total : totals) total = total < T(0) ? T(0) : total;
  if (block.out_pitch == 1) {
    std::copy_n(totals, rows, out);
  } else {
    for (std::size_t r = 0; r < rows; ++r) out[static_cast<Index>(r) * block.out_pitch] = totals[r];
  }
}

// A call for each tile: around a loop over tiles GCC would keep its addresses in registers, and the inner loop's in memory.
template <class T, Index Overlap, int Rows>
[[gnu::noinline]] void dot_tile(const GatherBlock<T>& block, const T* in, T* out) {
  dot_sums<T, Overlap>(block, in, out, std::make_index_sequence<static_cast<std::size_t>(Rows)>{},
      std::make_index_sequence<sums_at_once>{});
}
template <class T, Index Overlap, int Rows>
void dot_tiles(const GatherBlock<T>& block, const T* in, T* out, Index tiles) {
  for (; tiles > 0; --tiles, in += Rows * block.in_pitch, out += Rows * block.out_pitch)
    dot_tile<T, Overlap, Rows>(block, in, out);
}

template <class T, Index Overlap>
inline constexpr auto all_dot_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTiles<T>, sizeof...(R)>{dot_tiles<T, Overlap, R + 1>...};
}
(std::make_integer_sequence<int, max_dot_rows<T>>{});

}  // namespace xtape::kernels
