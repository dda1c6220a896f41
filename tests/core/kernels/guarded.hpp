/// Test memory for kernels: an array with guard elements on both sides.
#pragma once

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>
#include <xtape/core/shape.hpp>

namespace xtape::testing {

/// `size` elements between two guards of NaN. A kernel that uses an element outside produces NaN where the reference
/// has none; a kernel that writes outside is caught by `guards_intact`.
template <class T>
class Guarded {
 public:
  static constexpr Index guard = 64;

  explicit Guarded(Index size, T fill = std::numeric_limits<T>::quiet_NaN())
      : size_(size), all_(static_cast<std::size_t>(size + 2 * guard), std::numeric_limits<T>::quiet_NaN()) {
    for (T& value : *this) value = fill;
  }

  static Guarded random(Index size, std::mt19937& generator) {
    Guarded result(size);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (T& value : result) value = uniform(generator);
    return result;
  }

  T* data() { return all_.data() + guard; }
  const T* data() const { return all_.data() + guard; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  T operator[](Index i) const { return data()[i]; }
  Index size() const { return size_; }

  bool guards_intact() const {
    for (Index i = 0; i < guard; ++i)
      if (data()[-1 - i] == data()[-1 - i] || data()[size_ + i] == data()[size_ + i]) return false;
    return true;
  }

 private:
  Index size_;
  std::vector<T> all_;
};

}  // namespace xtape::testing
