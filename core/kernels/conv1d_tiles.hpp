/// Register tiles: the inner loops of the convolution kernels, over xsimd vectors.
///
/// A tile keeps a small matrix of sums in registers while a loop runs over what is summed:
///
///     gather_tiles  out[r, j] = finish(sum over i of in[r*in_pitch + i] * weights[i, j])   r < Rows, j < Vectors * lanes
///     dot_tiles     out[r]    = finish(sum over i of in[r*in_pitch + i] * weights[i])      r < Rows, vectors run along i
///     grad_tile     w[i, j]  += sum over r of in[r*in_pitch + i] * out[r*out_pitch + j]      (or = when it comes first)
///
/// Rows of `in` may overlap: element in_pitch + i of row r is element i of row r + 1. The first two make use of that. What
/// limits a narrow tile is not its multiply-adds but its loads, so each element that up to `Overlap` rows share is loaded
/// once and meets its weights in all of them:
///
///     row 0 of in    a b c d e f         x = in[2*in_pitch + i]        sums[2] += x * weights[i]
///     row 1              c d e f g h                                   sums[1] += x * weights[in_pitch + i]
///     row 2                  e f g h i j                               sums[0] += x * weights[2*in_pitch + i]
///
/// All sizes of the register matrix are compiled, so there are no remainder loops: the caller cuts its rows evenly into
/// tiles of at most max_rows, max_dot_rows or max_grad_rows. The sums are an array that is touched with constant indices
/// alone, by functions that are always inlined; otherwise GCC keeps it in memory.
///
/// The second and third stand in conv1d_dot_tiles.hpp and conv1d_grad_tiles.hpp.
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

template <class T>
inline constexpr bool has_32_registers = sizeof(xsimd::batch<T>) == 64 && !few_tiles;  // AVX-512; else 16

template <class T>
inline constexpr int sums_in_registers = few_tiles             ? 4
                                         : has_32_registers<T> ? 24
                                                               : 12;

/// The most rows that an element is used for at once. With 16 registers only tiles of one vector have some left for the
/// weights of a second row.
template <class T, int Vectors>
inline constexpr Index most_overlap = has_32_registers<T>         ? 4
                                      : Vectors == 1 || few_tiles ? 2
                                                                  : 1;

/// The most rows of a gather tile. The weights of `Overlap` rows need registers too, and one element.
template <class T, int Vectors, Index Overlap = 1>
inline constexpr int max_rows = std::clamp(
    ((has_32_registers<T> ? 31 : 15) - static_cast<int>(Overlap) * Vectors) / Vectors, 1,
    std::max(1, sums_in_registers<T> / Vectors));

/// The most rows of a gradient's tile.
template <class T, int Vectors>
inline constexpr int max_grad_rows = Vectors == 1 && has_32_registers<T>
                                         ? 28
                                         : std::max(1, sums_in_registers<T> / Vectors);

/// The most rows of a tile of dot products.
template <class T>
inline constexpr int max_dot_rows = has_32_registers<T> ? 16 : 8;

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
  Index overlap = 1;  // the rows that a part of each stretch spans
  Index shorter = 0;  // how many parts, the first ones, span one less
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

/// How a vector meets the source: with one of its elements in all lanes, or with as many neighbours as it has lanes.
enum class Meet { one, neighbours };

// sums[row] += x * weights[0], sums[row - 1] += x * weights[1], ... for the rows that there are.
template <std::size_t row, int Vectors, class Vector, std::size_t Sums, std::size_t Weights, std::size_t... J>
[[gnu::always_inline]] inline void add_to_rows(
    Vector (&sums)[Sums], const Vector& x, const Vector (&weights)[Weights], std::index_sequence<J...>) {
  constexpr auto sum = [](std::size_t j) { return (row - j / Vectors) * Vectors + j % Vectors; };
  constexpr auto exists = [sum](std::size_t j) { return j / Vectors <= row && sum(j) < Sums; };
  ((exists(J) ? void(sums[exists(J) ? sum(J) : 0] = xsimd::fma(x, weights[J], sums[exists(J) ? sum(J) : 0]))
              : void()),
      ...);
}

// X counts rows of in, B pointers to every third of them, J vectors of weights.
template <Meet meet, class T, int Vectors, std::size_t Sums, std::size_t... X, std::size_t... B,
    std::size_t... J>
[[gnu::always_inline]] inline void add_elements(xsimd::batch<T> (&sums)[Sums], const T* in, Index in_pitch,
    const T* w, Index w_pitch, Index length, std::index_sequence<X...>, std::index_sequence<B...>,
    std::index_sequence<J...> each_weight) {
  using Vector = xsimd::batch<T>;
  constexpr Index step = meet == Meet::one ? 1 : lanes<T>;
  const Index next = in_pitch * w_pitch;
  const T* x[] = {in + static_cast<Index>(3 * B) * in_pitch...};  // one for three rows
  for (Index i = 0; i + step <= length; i += step, w += step * w_pitch) {
    (hide(x[B]), ...);
    const Vector weights[] = {Vector::load_unaligned(
        w + static_cast<Index>(J / Vectors) * next + static_cast<Index>(J % Vectors) * lanes<T>)...};
    const auto load = [](const T* from) {
      if constexpr (meet == Meet::one)
        return Vector(*from);
      else
        return Vector::load_unaligned(from);
    };
    (add_to_rows<X, Vectors>(
         sums, load(x[X / 3] + static_cast<Index>(X % 3) * in_pitch), weights, each_weight),
        ...);
    ((x[B] += step), ...);
  }
}

// sums[r] += sum over k < Overlap and i < length of in[r + k, i] * w[k, i]
template <Meet meet, int Vectors, std::size_t Overlap, class T, std::size_t Sums>
[[gnu::always_inline]] inline void add_elements(
    xsimd::batch<T> (&sums)[Sums], const T* in, Index in_pitch, const T* w, Index w_pitch, Index length) {
  constexpr std::size_t rows = Sums / Vectors + Overlap - 1;
  add_elements<meet, T, Vectors>(sums, in, in_pitch, w, w_pitch, length, std::make_index_sequence<rows>{},
      std::make_index_sequence<(rows + 2) / 3>{}, std::make_index_sequence<Overlap * Vectors>{});
}

// Adds a stretch part by part, each as long as Overlap rows of in; the first ones, `shorter` of them, as Overlap - 1.
template <Meet meet, int Vectors, Index Overlap, class T, std::size_t Sums>
[[gnu::always_inline]] inline void add_stretch(xsimd::batch<T> (&sums)[Sums], const T* in, Index in_pitch,
    const T* w, Index w_pitch, Index length, Index shorter) {
  if constexpr (Overlap == 1) {
    add_elements<meet, Vectors, 1>(sums, in, in_pitch, w, w_pitch, length);
  } else {
    for (; length > 0; --shorter) {
      const Index whole = shorter > 0 ? 0 : std::min(length - (Overlap - 1) * in_pitch, in_pitch);
      add_elements<meet, Vectors, Overlap>(sums, in, in_pitch, w, w_pitch, whole);
      add_elements<meet, Vectors, Overlap - 1>(
          sums, in + whole, in_pitch, w + whole * w_pitch, w_pitch, in_pitch - whole);
      const Index done = (shorter > 0 ? Overlap - 1 : Overlap) * in_pitch;
      in += done, w += done * w_pitch, length -= done;
    }
  }
}

template <class T, int Vectors, Index Overlap, std::size_t... I>
inline void gather_sums(
    const GatherBlock<T>& block, const T* in, T* out, Index tiles, std::index_sequence<I...>) {
  using Vector = xsimd::batch<T>;
  constexpr Index rows = static_cast<Index>(sizeof...(I)) / Vectors, width = Vectors * lanes<T>;
  const Index in_pitch = block.in_pitch, out_pitch = block.out_pitch, w_pitch = block.weights_pitch;
  for (; tiles > 0; --tiles, in += rows * in_pitch, out += rows * out_pitch) {
    Vector sums[] = {Vector::load_unaligned(block.bias + static_cast<Index>(I % Vectors) * lanes<T>)...};
    for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
      const Stretch s = stretch_of(*run, block.first, block.last, block.channels);
      add_stretch<Meet::one, Vectors, Overlap>(
          sums, in + s.element, in_pitch, block.weights + s.row * w_pitch, w_pitch, s.length, block.shorter);
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

template <class T, int Vectors, Index Overlap, int Rows>
void gather_tiles(const GatherBlock<T>& block, const T* in, T* out, Index tiles) {
  gather_sums<T, Vectors, Overlap>(
      block, in, out, tiles, std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{});
}

template <class T>
using GatherTiles = void (*)(const GatherBlock<T>&, const T*, T*, Index);

/// The function for tiles of 1 to max_rows<T, Vectors, Overlap> rows is entry rows - 1.
template <class T, int Vectors, Index Overlap>
inline constexpr auto all_gather_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<GatherTiles<T>, sizeof...(R)>{gather_tiles<T, Vectors, Overlap, R + 1>...};
}
(std::make_integer_sequence<int, max_rows<T, Vectors, Overlap>>{});

}  // namespace xtape::kernels
