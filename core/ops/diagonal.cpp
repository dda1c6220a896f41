#include <algorithm>

#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

namespace {

/// Column less row for every entry of a matrix: 0 on the main diagonal, k on the k-th.
Tensor diagonal_numbers(Index rows, Index columns) {
  const Tensor r = arange(0, static_cast<double>(rows), 1, DType::int64).view_as({rows, 1});
  return subtract(arange(0, static_cast<double>(columns), 1, DType::int64), r);
}

Tensor diagonal_numbers(const Tensor& x, std::string_view owner) {
  require(x.rank() >= 2, owner, "`x` must have at least two axes (received ", x.shape(), ")");
  return diagonal_numbers(x.dim(-2), x.dim(-1));
}

Tensor zero_of(const Tensor& x) { return zeros({}, x.dtype()); }

}  // namespace

Tensor diag(const Tensor& x, Index k) {
  require(
      x.rank() == 1 || x.rank() == 2, "diag", "`x` must be a vector or a matrix (received ", x.shape(), ")");
  if (x.rank() == 2) return diagonal(x, k);
  const Tensor on_diagonal = equal(diagonal_numbers(x.size(), x.size()), zeros({}, DType::int64));
  const Tensor square = where(on_diagonal, x, zero_of(x));
  const Index right = std::max<Index>(k, 0), down = std::max<Index>(-k, 0);
  return k == 0 ? square : pad(square, {{down, right}, {right, down}});
}

Tensor diagonal(const Tensor& x, Index offset, Index axis1, Index axis2) {
  const Index first = normalize_axis(axis1, x.rank(), "diagonal"),
              second = normalize_axis(axis2, x.rank(), "diagonal");
  require(first != second, "diagonal", "two different axes are needed (received axis1=", axis1,
      ", axis2=", axis2, ")");
  std::vector<Index> axes;
  for (Index i = 0; i < x.rank(); ++i)
    if (i != first && i != second) axes.push_back(i);
  axes.insert(axes.end(), {first, second});
  const Tensor matrices = std::is_sorted(axes.begin(), axes.end()) ? x : transpose(x, axes);
  const Index rows = x.shape()[first], columns = x.shape()[second];
  const Index down = offset < 0 ? std::min(rows, -std::max(offset, -rows)) : 0;
  const Index right = offset > 0 ? std::min(columns, offset) : 0;
  const Index length = std::max<Index>(0, std::min(rows - down, columns - right));
  // In memory the entries of a diagonal stand a row and one apart.
  const Shape stack = matrices.shape().slice(0, x.rank() - 2);
  const Tensor flat = reshape(matrices, stack.with(stack.rank(), rows * columns));
  const Index start = down * columns + right;
  return slice(
      flat, -1, range(start, start + (length > 0 ? (length - 1) * (columns + 1) + 1 : 0), columns + 1));
}

Tensor trace(const Tensor& x, Index offset, Index axis1, Index axis2) {
  return sum(diagonal(x, offset, axis1, axis2), -1);
}

Tensor tril(const Tensor& x, Index k) {
  return where(
      less_equal(diagonal_numbers(x, "tril"), full({}, static_cast<double>(k), DType::int64)), x, zero_of(x));
}

Tensor triu(const Tensor& x, Index k) {
  return where(greater_equal(diagonal_numbers(x, "triu"), full({}, static_cast<double>(k), DType::int64)), x,
      zero_of(x));
}

}  // namespace xtape
