/// Test memory for kernels: an array with guard elements on both sides.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
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

  /// As random, but also the numbers that are easily forgotten: infinities, NaN, zeros of either sign, denormals.
  static Guarded with_odd_numbers(Index size, std::mt19937& generator) {
    using Limits = std::numeric_limits<T>;
    Guarded result = random(size, generator);
    const T odd[] = {
        Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), T(0), -T(0), Limits::denorm_min()};
    std::uniform_int_distribution<std::size_t> which(0, 60);
    for (T& value : result)
      if (const std::size_t i = which(generator); i < std::size(odd)) value = odd[i];
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

/// A number in [low, high].
inline Index pick(std::mt19937& generator, Index low, Index high) {
  return std::uniform_int_distribution<Index>(low, high)(generator);
}

/// A length: mostly short, sometimes about as long as a vector or two, sometimes longer than a block of any loop.
inline Index draw_length(std::mt19937& generator, Index shortest = 0) {
  const Index kind = pick(generator, 0, 9);
  if (kind < 5) return pick(generator, shortest, 9);
  return kind < 9 ? pick(generator, 12, 40) : pick(generator, 100, 600);
}

/// Whether each number is as near to what is expected as `tolerance` times 1 + its size; NaN and infinity exactly.
template <class T>
bool all_near(const Guarded<T>& found, const std::vector<double>& expected, double tolerance) {
  if (found.size() != static_cast<Index>(expected.size()) || !found.guards_intact()) return false;
  for (Index i = 0; i < found.size(); ++i) {
    const double x = static_cast<double>(found[i]), y = expected[static_cast<std::size_t>(i)];
    if (std::isnan(y)   ? !std::isnan(x)
        : std::isinf(y) ? x != y
                        : !(std::abs(x - y) <= tolerance * (1 + std::abs(y))))
      return false;
  }
  return true;
}

/// What a sum of `terms` numbers of size 1 may be off by, relative to 1, in a T.
template <class T>
double round_off(Index terms) {
  return 4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(terms + 4);
}

}  // namespace xtape::testing
