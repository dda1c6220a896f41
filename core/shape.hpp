// Shape: the lengths of a tensor's axes, and NumPy's broadcasting rule.
#pragma once
#include <array>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

namespace xtape {

/// Counts, sizes and positions are signed, so that differences are what they look like.
using Index = std::ptrdiff_t;

/// A dimension that is not known yet, as Keras writes it: Input({.shape = {None, 1}}).
inline constexpr Index None = -1;

/// The lengths of the axes, outermost first: (batch, steps, channels). At most `max_rank` of them, kept in place.
/// Only shapes that describe what a layer will do may hold None; a tensor's own shape never does.
class Shape {
 public:
  static constexpr Index max_rank = 8;

  constexpr Shape() = default;
  Shape(std::initializer_list<Index> dims) : Shape(dims.begin(), dims.end()) {}
  template <std::input_iterator It>
  Shape(It first, It last) {
    for (; first != last; ++first) push_back(static_cast<Index>(*first));
  }
  explicit Shape(const std::vector<Index>& dims) : Shape(dims.begin(), dims.end()) {}

  constexpr Index rank() const { return rank_; }
  constexpr bool empty() const { return rank_ == 0; }
  /// The number of elements: the product of all lengths, 1 for a scalar; the largest Index where that is too small.
  constexpr Index size() const {
    Index n = 1;
    for (const Index length : *this)
      if (__builtin_mul_overflow(n, length, &n)) return std::numeric_limits<Index>::max();
    return n;
  }

  constexpr Index operator[](Index axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  constexpr Index& operator[](Index axis) { return dims_[static_cast<std::size_t>(axis)]; }
  /// The length of an axis counted from either end: dim(-1) is the last one. Throws ValueError when there is no such axis.
  Index dim(Index axis) const;

  constexpr const Index* begin() const { return dims_.data(); }
  constexpr const Index* end() const { return dims_.data() + rank_; }
  constexpr Index* begin() { return dims_.data(); }
  constexpr Index* end() { return dims_.data() + rank_; }
  constexpr Index back() const { return (*this)[rank_ - 1]; }
  constexpr Index& back() { return (*this)[rank_ - 1]; }

  /// Appends an axis. Throws ValueError beyond max_rank.
  void push_back(Index length) {
    if (rank_ == max_rank) too_many_axes();
    dims_[static_cast<std::size_t>(rank_++)] = length;
  }
  /// This shape without one axis, or with one more before `axis`.
  Shape without(Index axis) const;
  Shape with(Index axis, Index length) const;
  /// The axes from `first` up to, not including, `last`.
  Shape slice(Index first, Index last) const { return Shape(begin() + first, begin() + last); }

  /// True when no axis is None.
  constexpr bool is_known() const {
    for (const Index length : *this)
      if (length < 0) return false;
    return true;
  }

  /// True when `given` has these lengths; None on either side agrees with any.
  constexpr bool matches(const Shape& given) const {
    return rank_ == given.rank_ && std::equal(begin(), end(), given.begin(),
                                       [](Index a, Index b) { return a == b || a == None || b == None; });
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    for (Index i = 0; i < a.rank_ && i < b.rank_; ++i)
      if (a[i] != b[i]) return false;
    return a.rank_ == b.rank_;
  }

 private:
  [[noreturn]] static void too_many_axes();

  std::array<Index, static_cast<std::size_t>(max_rank)> dims_ = {};
  Index rank_ = 0;
};

/// Prints as Python prints a tuple: (), (3,), (2, 3), (None, 288, 1).
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// NumPy's rule: align at the last axis; lengths must be equal or one of them 1.
/// Throws ValueError that begins with `owner`.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view owner);

/// `axis` counted from the front, for a shape of `rank` axes: -1 becomes rank - 1.
/// Throws ValueError that begins with `owner` when it is outside [-rank, rank).
Index normalize_axis(Index axis, Index rank, std::string_view owner);

}  // namespace xtape
