/// Register tiles: the inner loops of the convolution kernels, over xsimd vectors.
///
/// A tile keeps a small matrix of sums in registers while a loop runs over what is summed:
///
///     gather_tile   out[r, j] = sum over i of in[r*in_pitch + i] * weights[i, j]      r < rows, j < vectors * lanes
///     dot_tile      out[r]    = sum over i of in[r*in_pitch + i] * weights[i]         r < rows, vectors run along i
///     grad_tile     w[i, j]  += sum over r of in[r*in_pitch + i] * out[r*out_pitch + j]
///
/// Rows of `in` may overlap. All sizes of the register matrix are compiled, so there are no remainder loops: the caller
/// cuts its rows evenly into tiles of at most max_rows. The sums are an array that only index_sequence expansions
/// touch, with constant indices; indexed in a loop GCC would keep it in memory.
#pragma once

#include <algorithm>
#include <array>
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

/// Taps first .. last of a block with their weights, whose rows are `weights_pitch` apart.
template <class Weight>
struct Taps {
  const TapRun* runs;
  Index run_count, first, last;
  Index channels;  // of the source
  Weight* weights;
  Index weights_pitch;
};

// Calls body(element of the source, row of the weights, length) for each contiguous stretch of the taps.
template <class Weight, class Body>
inline void for_each_stretch(const Taps<Weight>& taps, Body body) {
  for (Index i = 0; i < taps.run_count; ++i) {
    const TapRun& run = taps.runs[i];
    const Index first = std::max(run.first, taps.first), last = std::min(run.last, taps.last);
    if (first < last)
      body((run.offset + first - run.first) * taps.channels, first * taps.channels,
          (last - first) * taps.channels);
  }
}

// Keeps the optimiser from seeing how pointers relate: it would give each row of a tile its own, and run out of
// registers.
template <class T>
inline void hide(const T*& pointer) {
  asm volatile("" : "+r"(pointer));
}

template <class T, int Vectors, std::size_t... I, std::size_t... V, std::size_t... B>
inline void gather_sums(const T* in, Index in_pitch, const Taps<const T>& taps, T* out, Index out_pitch,
    Index columns, std::index_sequence<I...>, std::index_sequence<V...>, std::index_sequence<B...>) {
  using Vector = xsimd::batch<T>;
  constexpr Index width = Vectors * lanes<T>;
  Vector sums[] = {((void)I, Vector(T(0)))...};
  for_each_stretch(taps, [&](Index element, Index row, Index length) {
    const T* base[] = {in + element + static_cast<Index>(3 * B) * in_pitch...};  // one for three rows
    const T* w = taps.weights + row * taps.weights_pitch;
    for (Index i = 0; i < length; ++i, w += taps.weights_pitch) {
      (hide(base[B]), ...);
      const Vector weights[] = {Vector::load_unaligned(w + static_cast<Index>(V) * lanes<T>)...};
      ((sums[I] = xsimd::fma(Vector(base[I / Vectors / 3][static_cast<Index>(I / Vectors % 3) * in_pitch]),
            weights[I % Vectors], sums[I])),
          ...);
      (++base[B], ...);
    }
  });
  if (columns == width) {
    (sums[I].store_unaligned(
         out + static_cast<Index>(I / Vectors) * out_pitch + static_cast<Index>(I % Vectors) * lanes<T>),
        ...);
  } else {
    alignas(64) T row[sizeof...(I) * static_cast<std::size_t>(lanes<T>)];
    (sums[I].store_aligned(row + static_cast<Index>(I) * lanes<T>), ...);
    for (Index r = 0; r < static_cast<Index>(sizeof...(I)) / Vectors; ++r)
      std::copy_n(row + r * width, columns, out + r * out_pitch);
  }
}

template <class T, int Vectors, int Rows>
void gather_tile(
    const T* in, Index in_pitch, const Taps<const T>& taps, T* out, Index out_pitch, Index columns) {
  gather_sums<T, Vectors>(in, in_pitch, taps, out, out_pitch, columns,
      std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>(Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>((Rows + 2) / 3)>{});
}

// The sum of a vector's lanes. Through memory, because that compiles well everywhere: a few short vector additions.
template <class T>
inline T sum_of_lanes(const xsimd::batch<T>& vector) {
  constexpr std::size_t size = xsimd::batch<T>::size, part = std::min<std::size_t>(size, 4);
  alignas(64) T all[size];
  vector.store_aligned(all);
  T sums[part] = {};
  for (std::size_t i = 0; i < size; i += part)
    for (std::size_t j = 0; j < part; ++j) sums[j] += all[i + j];
  T total = sums[0] + sums[1];
  for (std::size_t j = 2; j < part; j += 2) total += sums[j] + sums[j + 1];
  return total;
}

// What is left of a dot product after the last whole vector. Out of line: it would take registers from the main loop.
template <class T>
[[gnu::noinline]] void add_rest(const T* in, Index in_pitch, const T* w, Index length, T* sums, Index rows) {
  for (Index r = 0; r < rows; ++r)
    for (Index i = 0; i < length; ++i) sums[r] += in[r * in_pitch + i] * w[i];
}

template <class T, std::size_t... R>
inline void dot_sums(const T* in, Index in_pitch, const Taps<const T>& taps, T* out, Index out_pitch,
    std::index_sequence<R...>) {
  using Vector = xsimd::batch<T>;
  Vector sums[] = {((void)R, Vector(T(0)))...};
  T rests[] = {((void)R, T(0))...};
  for_each_stretch(taps, [&](Index element, Index row, Index length) {
    const T *source = in + element, *w = taps.weights + row;
    Index i = 0;
    for (; i + lanes<T> <= length; i += lanes<T>) {
      const Vector weights = Vector::load_unaligned(w + i);
      ((sums[R] = xsimd::fma(
            Vector::load_unaligned(source + static_cast<Index>(R) * in_pitch + i), weights, sums[R])),
          ...);
    }
    if (i < length)
      add_rest(source + i, in_pitch, w + i, length - i, rests, static_cast<Index>(sizeof...(R)));
  });
  ((out[static_cast<Index>(R) * out_pitch] = sum_of_lanes<T>(sums[R]) + rests[R]), ...);
}

template <class T, int Rows>
void dot_tile(const T* in, Index in_pitch, const Taps<const T>& taps, T* out, Index out_pitch, Index) {
  dot_sums<T>(in, in_pitch, taps, out, out_pitch, std::make_index_sequence<static_cast<std::size_t>(Rows)>{});
}

template <class T, int Vectors, std::size_t... I, std::size_t... V>
inline void grad_sums(const T* in, Index in_pitch, const T* out, Index out_pitch, Index rows, T* w,
    Index w_pitch, std::index_sequence<I...>, std::index_sequence<V...>) {
  using Vector = xsimd::batch<T>;
  Vector sums[] = {Vector::load_unaligned(
      w + static_cast<Index>(I / Vectors) * w_pitch + static_cast<Index>(I % Vectors) * lanes<T>)...};
  for (Index r = 0; r < rows; ++r, in += in_pitch, out += out_pitch) {
    const Vector y[] = {Vector::load_unaligned(out + static_cast<Index>(V) * lanes<T>)...};
    ((sums[I] = xsimd::fma(Vector(in[I / Vectors]), y[I % Vectors], sums[I])), ...);
  }
  (sums[I].store_unaligned(
       w + static_cast<Index>(I / Vectors) * w_pitch + static_cast<Index>(I % Vectors) * lanes<T>),
      ...);
}

template <class T, int Vectors, int Rows>
void grad_tile(const T* in, Index in_pitch, const T* out, Index out_pitch, Index rows, T* w, Index w_pitch) {
  grad_sums<T, Vectors>(in, in_pitch, out, out_pitch, rows, w, w_pitch,
      std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{},
      std::make_index_sequence<static_cast<std::size_t>(Vectors)>{});
}

template <class T>
using GatherTile = void (*)(const T*, Index, const Taps<const T>&, T*, Index, Index);
template <class T>
using GradTile = void (*)(const T*, Index, const T*, Index, Index, T*, Index);

/// The tile for a number of rows from 1 to max_rows<T, Vectors> is entry rows - 1.
template <class T, int Vectors>
inline constexpr auto gather_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTile<T>, sizeof...(R)>{gather_tile<T, Vectors, R + 1>...};
}
(std::make_integer_sequence<int, max_rows<T, Vectors>>{});

template <class T>
inline constexpr auto dot_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTile<T>, sizeof...(R)>{dot_tile<T, R + 1>...};
}
(std::make_integer_sequence<int, 8>{});

template <class T, int Vectors>
inline constexpr auto grad_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GradTile<T>, sizeof...(R)>{grad_tile<T, Vectors, R + 1>...};
}
(std::make_integer_sequence<int, max_rows<T, Vectors>>{});

}  // namespace xtape::kernels
