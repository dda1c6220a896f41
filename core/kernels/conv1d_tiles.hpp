/// Register tiles: the inner loops of the convolution kernels, over xsimd vectors.
///
/// A tile keeps a small matrix of sums in registers while a loop runs over what is summed:
///
///     gather_tiles  out[r, j] = finish(sum over i of in[r*in_pitch + i] * weights[i, j])   r < Rows, j < Vectors * lanes
///     dot_tiles     out[r]    = finish(sum over i of in[r*in_pitch + i] * weights[i])      r < Rows, vectors run along i
///     grad_tile     w[i, j]  += sum over r of in[r*in_pitch + i] * out[r*out_pitch + j]      (or = when it comes first)
///
/// Rows of `in` may overlap. All sizes of the register matrix are compiled, so there are no remainder loops: the caller
/// cuts its rows evenly into tiles of at most max_rows. The sums are an array that only index_sequence expansions
/// touch, with constant indices, and never by reference; otherwise GCC keeps it in memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>
#include <xtape/core/kernels/conv1d_plan.hpp>

namespace xtape::kernels {

template <class T>
inline constexpr Index lanes = static_cast<Index>(xsimd::batch<T>::size);

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool few_tiles = true;  // a sanitizer makes every tile slow to compile
#elif defined(__has_feature)
inline constexpr bool few_tiles = __has_feature(address_sanitizer);
#else
inline constexpr bool few_tiles = false;
#endif

/// 24 sums where there are 32 vector registers (AVX-512), 12 where there are 16.
template <class T>
inline constexpr int sums_in_registers = few_tiles                       ? 4
                                         : sizeof(xsimd::batch<T>) == 64 ? 24
                                                                         : 12;

template <class T, int Vectors>
inline constexpr int max_rows = std::max(1, sums_in_registers<T> / Vectors);

/// What the tiles of a block of columns share.
template <class T>
struct GatherBlock {
  const TapRun* runs;  // the stretches of the source that are summed: taps first .. last of these
  Index run_count, first, last;
  Index channels;  // of the source
  const T* weights;
  Index weights_pitch;  // from one row of the weights to the next
  Index in_pitch, out_pitch, columns;
  const T* bias;  // a number for each column, filled up to whole vectors
  bool relu;
};

/// A stretch of the source and the row of the weights that belongs to its first element.
struct Stretch {
  Index element, row, length;
};

/// The part of a run that lies in taps first .. last; its length may be 0 or less.
inline Stretch stretch_of(const TapRun& run, Index first, Index last, Index channels) {
  first = std::max(run.first, first), last = std::min(run.last, last);
  return {(run.offset + first - run.first) * channels, first * channels, (last - first) * channels};
}

// Keeps the optimiser from seeing how pointers relate: it would give each row of a tile its own, and run out of
// registers.
template <class T>
inline void hide(const T*& pointer) {
  asm volatile("" : "+r"(pointer));
}

template <class T>
inline xsimd::batch<T> positive_part(const xsimd::batch<T>& x) {
  return xsimd::max(xsimd::batch<T>(T(0)), x);  // in this order NaN stays NaN
}

template <class T, int Vectors, std::size_t... I, std::size_t... V, std::size_t... B>
inline void gather_sums(const GatherBlock<T>& block, const T* in, T* out, Index tiles,
    std::index_sequence<I...>, std::index_sequence<V...>, std::index_sequence<B...>) {
  using Vector = xsimd::batch<T>;
  constexpr Index rows = static_cast<Index>(sizeof...(I)) / Vectors, width = Vectors * lanes<T>;
  const Index in_pitch = block.in_pitch, out_pitch = block.out_pitch, w_pitch = block.weights_pitch;
  for (; tiles > 0; --tiles, in += rows * in_pitch, out += rows * out_pitch) {
    Vector sums[] = {Vector::load_unaligned(block.bias + static_cast<Index>(I % Vectors) * lanes<T>)...};
    for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
      const Stretch s = stretch_of(*run, block.first, block.last, block.channels);
      const T* x[] = {in + s.element + static_cast<Index>(3 * B) * in_pitch...};  // one for three rows
      const T* w = block.weights + s.row * w_pitch;
      for (Index i = 0; i < s.length; ++i, w += w_pitch) {
        (hide(x[B]), ...);
        const Vector weights[] = {Vector::load_unaligned(w + static_cast<Index>(V) * lanes<T>)...};
        ((sums[I] = xsimd::fma(Vector(x[I / Vectors / 3][static_cast<Index>(I / Vectors % 3) * in_pitch]),
              weights[I % Vectors], sums[I])),
            ...);
        (++x[B], ...);
      }
    }
    if (block.relu) ((sums[I] = positive_part<T>(sums[I])), ...);
    if (block.columns == width) {
      (sums[I].store_unaligned(
           out + static_cast<Index>(I / Vectors) * out_pitch + static_cast<Index>(I % Vectors) * lanes<T>),
          ...);
    } else {
      alignas(64) T all[rows * width];
      (sums[I].store_aligned(all + static_cast<Index>(I) * lanes<T>), ...);
      for (Index r = 0; r < rows; ++r) std::copy_n(all + r * width, block.columns, out + r * out_pitch);
    }
  }
}

template <class T, int Vectors, int Rows>
void gather_tiles(const GatherBlock<T>& block, const T* in, T* out, Index tiles) {
  gather_sums<T, Vectors>(block, in, out, tiles,
      std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>(Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>((Rows + 2) / 3)>{});
}

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
      for (std::size_t l = sums_at_once; l < size; ++l) sums[l % sums_at_once] += parts[l];
    }
  }
}

template <class T>
[[gnu::noinline]] void add_rest(const T* in, Index in_pitch, const T* w, Index length, T* sums, Index rows) {
  for (Index r = 0; r < rows; ++r)
    for (Index i = 0; i < length; ++i) sums[r] += in[r * in_pitch + i] * w[i];
}

template <class T, std::size_t... R, std::size_t... B, std::size_t... S>
inline void dot_sums(const GatherBlock<T>& block, const T* in, T* out, std::index_sequence<R...>,
    std::index_sequence<B...>, std::index_sequence<S...>) {
  using Vector = xsimd::batch<T>;
  const Index in_pitch = block.in_pitch;
  Vector sums[] = {((void)R, Vector(T(0)))...};
  T totals[sums_at_once], rests[] = {((void)R, block.bias[0])...};
  for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
    const Stretch s = stretch_of(*run, block.first, block.last, block.channels);
    const T* x[] = {in + s.element + static_cast<Index>(3 * B) * in_pitch...};
    const T* w = block.weights + s.row;
    Index left = s.length;
    for (; left >= lanes<T>; left -= lanes<T>, w += lanes<T>) {
      (hide(x[B]), ...);
      const Vector weights = Vector::load_unaligned(w);
      ((sums[R] = xsimd::fma(
            Vector::load_unaligned(x[R / 3] + static_cast<Index>(R % 3) * in_pitch), weights, sums[R])),
          ...);
      ((x[B] += lanes<T>), ...);
    }
    if (left > 0) add_rest(x[0], in_pitch, w, left, rests, static_cast<Index>(sizeof...(R)));
  }
  constexpr std::size_t last = sizeof...(R) - 1;
  const Register<T> registers[] = {std::bit_cast<Register<T>>(sums[std::min(S, last)])...};
  add_lanes<T>(registers, totals);
  for (std::size_t r = 0; r <= last; ++r) {
    const T y = totals[r] + rests[r];
    out[static_cast<Index>(r) * block.out_pitch] = block.relu && y < T(0) ? T(0) : y;
  }
}

// A call for each tile: around a loop over tiles GCC would keep its addresses in registers, and the inner loop's in memory.
template <class T, int Rows>
[[gnu::noinline]] void dot_tile(const GatherBlock<T>& block, const T* in, T* out) {
  dot_sums<T>(block, in, out, std::make_index_sequence<static_cast<std::size_t>(Rows)>{},
      std::make_index_sequence<static_cast<std::size_t>((Rows + 2) / 3)>{},
      std::make_index_sequence<sums_at_once>{});
}
template <class T, int Rows>
void dot_tiles(const GatherBlock<T>& block, const T* in, T* out, Index tiles) {
  for (; tiles > 0; --tiles, in += Rows * block.in_pitch, out += Rows * block.out_pitch)
    dot_tile<T, Rows>(block, in, out);
}

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
using GatherTiles = void (*)(const GatherBlock<T>&, const T*, T*, Index);
template <class T>
using GradTile = void (*)(const T*, Index, const T*, Index, Index, T*, Index, bool);

/// The function for tiles of 1 to max_rows<T, Vectors> rows is entry rows - 1.
template <class T, int Vectors>
inline constexpr auto all_gather_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTiles<T>, sizeof...(R)>{gather_tiles<T, Vectors, R + 1>...};
}
(std::make_integer_sequence<int, max_rows<T, Vectors>>{});

template <class T>
inline constexpr auto all_dot_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTiles<T>, sizeof...(R)>{dot_tiles<T, R + 1>...};
}
(std::make_integer_sequence<int, static_cast<int>(sums_at_once)>{});

template <class T, int Vectors>
inline constexpr auto all_grad_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GradTile<T>, sizeof...(R)>{grad_tile<T, Vectors, R + 1>...};
}
(std::make_integer_sequence<int, max_rows<T, Vectors>>{});

}  // namespace xtape::kernels
