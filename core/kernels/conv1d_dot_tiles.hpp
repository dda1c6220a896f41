/// dot_tiles, as conv1d_tiles.hpp describes them: sums over vectors of the source, whose lanes are added up at the end.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
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

// Adds what stands Half, Half / 2, ... Block lanes further on to each lane.
template <class T, std::size_t Half, std::size_t Block, std::size_t... I>
inline Register<T> folded(const Register<T>& x, std::index_sequence<I...> each_lane) {
  if constexpr (Half < Block) {
    return x;
  } else {
    return folded<T, Half / 2, Block>(
        x + __builtin_shufflevector(x, x, ((I + Half) % sizeof...(I))...), each_lane);
  }
}

// The lanes of each of n vectors added up, in the first n lanes; n is a power of two. Halving the list pairwise takes a
// third of the shuffles that vector after vector would.
template <class T, std::size_t Block = 1, std::size_t n>
inline Register<T> lane_sums(const Register<T> (&x)[n]) {
  constexpr std::size_t size = xsimd::batch<T>::size;
  constexpr auto each_lane = std::make_index_sequence<size>{};
  if constexpr (n == 1) {
    return folded<T, size / 2, Block>(x[0], each_lane);
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const Register<T> halves[] = {halved<T, Block>(x[2 * I], x[2 * I + 1], each_lane)...};
      return lane_sums<T, 2 * Block>(halves);
    }
    (std::make_index_sequence<n / 2>{});
  }
}

template <class T>
[[gnu::noinline]] void add_rest(const T* in, Index in_pitch, const T* w, Index length, T* sums, Index rows) {
  for (Index r = 0; r < rows; ++r)
    for (Index i = 0; i < length; ++i) sums[r] += in[r * in_pitch + i] * w[i];
}

template <class T, Index Overlap, std::size_t... R>
inline void dot_sums(const GatherBlock<T>& block, const T* in, T* out, std::index_sequence<R...>) {
  using Vector = xsimd::batch<T>;
  constexpr std::size_t rows = sizeof...(R), size = Vector::size, all = (rows + size - 1) / size * size;
  const Index in_pitch = block.in_pitch;
  Vector sums[] = {((void)R, Vector(T(0)))...};
  alignas(64) T totals[all];
  std::fill_n(totals, all, block.bias[0]);
  for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
    const Stretch s = stretch_of(*run, block.first, block.last, block.channels);
    add_stretch<Meet::neighbours, 1, Overlap>(
        sums, in + s.element, in_pitch, block.weights + s.row, 1, s.length, block.shorter);
    if (const Index rest = s.length % lanes<T>; rest > 0)
      add_rest(in + s.element + s.length - rest, in_pitch, block.weights + s.row + s.length - rest, rest,
          totals, static_cast<Index>(rows));
  }
  const auto add_lanes_from = [&]<std::size_t first>(std::integral_constant<std::size_t, first>) {
    constexpr std::size_t count = std::bit_ceil(std::min(rows - first, size));
    const Vector from_lanes = [&]<std::size_t... I>(std::index_sequence<I...>) {
      const Register<T> registers[] = {std::bit_cast<Register<T>>(sums[std::min(first + I, rows - 1)])...};
      return std::bit_cast<Vector>(lane_sums<T>(registers));
    }
    (std::make_index_sequence<count>{});
    const Vector total = from_lanes + Vector::load_aligned(totals + first);
    (block.relu ? positive_part<T>(total) : total).store_aligned(totals + first);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (add_lanes_from(std::integral_constant<std::size_t, I * size>{}), ...);
  }
  (std::make_index_sequence<all / size>{});
  if (block.out_pitch == 1) {
    std::copy_n(totals, rows, out);
  } else {
    for (std::size_t r = 0; r < rows; ++r) out[static_cast<Index>(r) * block.out_pitch] = totals[r];
  }
}

// A call for each tile: around a loop over tiles GCC would keep its addresses in registers, and the inner loop's in memory.
template <class T, Index Overlap, int Rows>
[[gnu::noinline]] void dot_tile(const GatherBlock<T>& block, const T* in, T* out) {
  dot_sums<T, Overlap>(block, in, out, std::make_index_sequence<static_cast<std::size_t>(Rows)>{});
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
