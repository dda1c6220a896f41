// Ops that take the entries along one or more axes together.
//
// All of them take the axes as numbers (negative ones count from the end), all axes when none are given, and `keepdims`:
// whether reduced axes stay, with length 1. All throw ValueError for an axis that is not there or is given twice.
#pragma once
#include <initializer_list>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The axes of a reduction: {} or Axes() for all, a number, or several numbers {0, -1}.
class Axes {
 public:
  Axes() = default;
  Axes(Index axis) : all_(false), is_number_(true), axes_{axis} {}
  Axes(std::initializer_list<Index> axes) : all_(axes.size() == 0), axes_(axes) {}
  /// An empty vector means that nothing is reduced.
  Axes(std::vector<Index> axes) : all_(false), axes_(std::move(axes)) {}

  bool all() const { return all_; }
  /// Whether it was given as a bare number.
  bool is_number() const { return is_number_; }
  /// The numbers as they were given; empty when all() is true.
  const std::vector<Index>& numbers() const { return axes_; }
  /// Whether it is the last axis, and no other, of a tensor with so many.
  bool is_last(Index rank) const {
    return !all() && axes_.size() == 1 && (axes_[0] == -1 || axes_[0] == rank - 1);
  }

 private:
  bool all_ = true, is_number_ = false;
  std::vector<Index> axes_;
};

/// y = the sum of x over `axes`. Booleans are counted as int32.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// x summed down to `shape`, from which it could have been broadcast: the adjoint of broadcast_to.
Tensor sum_to(const Tensor& x, const Shape& shape);

/// y = sum(x) / n, n being the number of entries taken together; NaN when there are none. Integers become real numbers of
/// the default dtype.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// y = sum((x - mean(x))^2) / (n - ddof). Integers become real numbers.
Tensor variance(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Index ddof = 0);

/// y = the root of the variance: NumPy's std, named as in xtensor since std is C++'s own. Its gradient where the variance
/// is 0 is not finite.
Tensor stddev(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Index ddof = 0);

/// y = the largest or smallest entry; NaN where there is one. Entries that tie share the gradient equally, as in
/// TensorFlow. Throws ValueError when there are no entries.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// y = ln sum e^x, computed without overflow; -inf of no entries. The gradient is the softmax of x.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// y = (sum |x|^ord)^(1/ord), the length of the vectors along `axes`. ord 2 is the Euclidean length, whose gradient at the
/// zero vector is 0 here; ord 1 the sum of |x|, infinity the largest |x|, -infinity the smallest, 0 counts the entries
/// that are not 0 (and has gradient 0). Integers become real numbers.
Tensor norm(const Tensor& x, double ord = 2, const Axes& axes = {}, bool keepdims = false);

/// Where the largest or smallest entry stands first, as int64: in x flattened, or along an axis. NaN counts as largest and
/// as smallest. Throws ValueError when there are no entries.
Tensor argmax(const Tensor& x);
Tensor argmax(const Tensor& x, Index axis, bool keepdims = false);
Tensor argmin(const Tensor& x);
Tensor argmin(const Tensor& x, Index axis, bool keepdims = false);

/// Whether any entry, or every entry, is not 0 (NaN is not). Boolean.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace xtape
