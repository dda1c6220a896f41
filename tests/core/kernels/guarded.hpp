/// Test memory for kernels: an array with guard elements on both sides.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <random>
#include <type_traits>
#include <valarray>
#include <vector>
#include <xtape/core/shape.hpp>

namespace xtape::testing {

/// `size` elements between two guards: NaN, integers far from those that tests draw, or booleans that alternate. A kernel
/// that uses an element outside gives another result than the reference; a kernel that writes outside is caught by
/// `guards_intact`.
template <class T>
class Guarded {
 public:
  static constexpr Index guard = 64;

  explicit Guarded(Index size, T fill = untouched(0))
      : size_(size), all_(fill, static_cast<std::size_t>(size + 2 * guard)) {
    for (Index i = 0; i < guard; ++i) data()[-1 - i] = data()[size_ + i] = untouched(i);
  }

  /// Real numbers in [-1, 1), integers from -9 to 9, coins.
  static Guarded random(Index size, std::mt19937& generator) {
    Guarded result(size);
    if constexpr (std::is_floating_point_v<T>) {
      std::uniform_real_distribution<T> uniform(-1, 1);
      for (T& value : result) value = uniform(generator);
    } else if constexpr (std::is_same_v<T, bool>) {
      for (T& value : result) value = std::bernoulli_distribution()(generator);
    } else {
      std::uniform_int_distribution<T> uniform(-9, 9);
      for (T& value : result) value = uniform(generator);
    }
    return result;
  }

  /// As random, but with the real numbers that are easily forgotten: infinities, NaN, zeros of either sign, denormals.
  static Guarded with_odd_numbers(Index size, std::mt19937& generator) {
    Guarded result = random(size, generator);
    if constexpr (std::is_floating_point_v<T>) {
      using Limits = std::numeric_limits<T>;
      const T odd[] = {
          Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), T(0), -T(0), Limits::denorm_min()};
      std::uniform_int_distribution<std::size_t> which(0, 60);
      for (T& value : result)
        if (const std::size_t i = which(generator); i < std::size(odd)) value = odd[i];
    }
    return result;
  }

  T* data() { return &all_[0] + guard; }
  const T* data() const { return &all_[0] + guard; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  T operator[](Index i) const { return data()[i]; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  Index size() const { return size_; }

  bool guards_intact() const {
    for (Index i = 0; i < guard; ++i)
      if (!is_untouched(data()[-1 - i], i) || !is_untouched(data()[size_ + i], i)) return false;
    return true;
  }

 private:
  static T untouched(Index i) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::numeric_limits<T>::quiet_NaN();
    } else if constexpr (std::is_same_v<T, bool>) {
      return i % 2 == 0;
    } else {
      return T(1'000'003);
    }
  }
  static bool is_untouched(T value, Index i) {
    return std::is_floating_point_v<T> ? value != value : value == untouched(i);
  }

  Index size_;
  std::valarray<T> all_;
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

/// Whether each number is as near to what is expected as `tolerance` times its entry in `sizes`; NaN and infinity exactly.
template <class T>
bool all_near(const Guarded<T>& found, const std::vector<double>& expected, double tolerance,
    const std::vector<double>& sizes) {
  if (found.size() != static_cast<Index>(expected.size()) || !found.guards_intact()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double x = static_cast<double>(found[static_cast<Index>(i)]), y = expected[i];
    if (std::isnan(y) ? !std::isnan(x) : std::isinf(y) ? x != y : !(std::abs(x - y) <= tolerance * sizes[i]))
      return false;
  }
  return true;
}

/// The same with 1 + the size of what is expected.
template <class T>
bool all_near(const Guarded<T>& found, const std::vector<double>& expected, double tolerance) {
  std::vector<double> sizes;
  for (const double y : expected) sizes.push_back(1 + std::abs(y));
  return all_near(found, expected, tolerance, sizes);
}

/// What a sum of `terms` numbers of size 1 may be off by, relative to 1, in a T.
template <class T>
double round_off(Index terms) {
  return 4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(terms + 4);
}

}  // namespace xtape::testing
