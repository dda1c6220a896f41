/// Small helpers that the convolution kernels share.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

/// Multiply-adds below which a loop stays on its thread: some ten microseconds.
constexpr double worth_threads = 1'000'000;

/// a / b rounded up, for b > 0 and any a.
inline Index divide_up(Index a, Index b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

/// Cuts [0, count) evenly into the fewest parts of at most `most`: body(first, length).
template <class Body>
void cut(Index count, Index most, Body body) {
  const Index parts = divide_up(count, most);
  for (Index i = 0; i < parts; ++i) body(count * i / parts, count * (i + 1) / parts - count * i / parts);
}

/// Asks for the element at p[offset], which need not exist, to be fetched.
template <class T>
inline void prefetch(const T* p, Index offset) {
  const auto bytes = static_cast<std::uintptr_t>(offset) * sizeof(T);
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes));
}

/// to[i * to_pitch + j] = from[i * from_pitch + j] for i < rows and j < columns.
template <class T>
void copy_rows(const T* from, Index from_pitch, Index rows, Index columns, T* to, Index to_pitch) {
  if (from_pitch == columns && to_pitch == columns) {
    std::copy_n(from, rows * columns, to);
  } else if (columns < 8) {  // down the columns, whose loop is the longer one
    for (Index j = 0; j < columns; ++j)
      for (Index i = 0; i < rows; ++i) to[i * to_pitch + j] = from[i * from_pitch + j];
  } else {
    constexpr Index ahead = 16;  // rows, which in wide layers lie in as many pages
    for (Index i = 0; i < rows; ++i, from += from_pitch, to += to_pitch) {
      prefetch(from, ahead * from_pitch);
      prefetch(from, ahead * from_pitch + columns - 1);
      for (Index j = 0; j < columns; ++j) to[j] = from[j];
    }
  }
}

/// True when no element is infinite or NaN: when no exponent is all ones.
template <class T>
bool all_finite(const T* values, Index count) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const Bits exponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits found = 0;
  for (Index i = 0; i < count; ++i) found |= (std::bit_cast<Bits>(values[i]) & exponent) == exponent;
  return found == 0;
}

/// Memory for the length of a call, on whole cache lines. From the buffer pool, so that a repeated call takes no pages.
template <class T>
class Scratch {
 public:
  explicit Scratch(Index size)
      : bytes_(static_cast<std::size_t>(size) * sizeof(T)),
        data_(static_cast<T*>(buffer_pool::allocate(bytes_))) {}
  ~Scratch() { buffer_pool::deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() const { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace xtape::kernels
