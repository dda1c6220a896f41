#include <xtape/core/kernels/reduce.hpp>
#include <xtape/core/ops/cumulative.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

namespace {

/// The product along one axis, which stays with length 1: halves are multiplied until one entry is left.
Tensor prod_along(Tensor x, Index axis) {
  Shape one = x.shape();
  one[axis] = 1;
  Tensor odd;  // entries that had no partner
  while (x.shape()[axis] > 1) {
    const Index length = x.shape()[axis], half = length / 2;
    if (length % 2 == 1) {
      const Tensor last = slice(x, axis, length - 1, length);
      odd = odd ? multiply(odd, last) : last;
    }
    x = multiply(slice(x, axis, 0, half), slice(x, axis, half, 2 * half));
  }
  if (x.shape()[axis] == 0) return ones(one, x.dtype());
  return odd ? multiply(x, odd) : x;
}

}  // namespace

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) {
  if (x.dtype() == DType::boolean) return prod(cast(x, DType::int32), axes, keepdims);
  if (axes.all()) {
    Shape kept = x.shape();
    for (Index& length : kept) length = 1;
    return reshape(prod_along(reshape(x, {x.size()}), 0), keepdims ? kept : Shape{});
  }
  std::array<bool, Shape::max_rank> reduced{};
  Tensor y = x;
  for (const Index a : axes.numbers()) {
    const Index axis = normalize_axis(a, x.rank(), "prod");
    require(
        !reduced[static_cast<std::size_t>(axis)], "prod", "an axis is given twice (received axis=", a, ")");
    reduced[static_cast<std::size_t>(axis)] = true;
    y = prod_along(y, axis);
  }
  return keepdims ? y : squeeze(y, axes.numbers());
}

Tensor cumsum(const Tensor& x, Index axis_or_negative, const CumulativeOptions& o) {
  if (x.dtype() == DType::boolean) return cumsum(cast(x, DType::int32), axis_or_negative, o);
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "cumsum");
  const kernels::LineSizes sizes{
      x.shape().slice(0, axis).size(), x.shape()[axis], x.shape().slice(axis + 1, x.rank()).size()};
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>)
      kernels::cumsum(x.data<T>(), y.mutable_data<T>(), sizes, o.exclusive, o.reverse);
  });
  const auto dx = [=](const Tensor& g) { return cumsum(g, axis, {o.exclusive, !o.reverse}); };
  return record(Op::cumsum, y, Edge{x, dx});
}

namespace {

/// x moved `shift` entries towards the end of an axis, ones coming in.
Tensor shifted(const Tensor& x, Index axis, Index shift) {
  std::vector<PadWidth> widths(static_cast<std::size_t>(x.rank()));
  widths[axis].first = shift;
  return pad(slice(x, axis, 0, x.shape()[axis] - shift), widths, "constant", 1);
}

}  // namespace

Tensor cumprod(const Tensor& x, Index axis_or_negative, const CumulativeOptions& o) {
  if (x.dtype() == DType::boolean) return cumprod(cast(x, DType::int32), axis_or_negative, o);
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "cumprod"), length = x.shape()[axis];
  if (o.reverse) return flip(cumprod(flip(x, axis), axis, {.exclusive = o.exclusive}), axis);
  if (length == 0) return x;
  Tensor y = o.exclusive ? shifted(x, axis, 1) : x;  // y[t]: the product of the last `reach` entries up to t
  for (Index reach = 1; reach < length; reach *= 2) y = multiply(y, shifted(y, axis, reach));
  return y;
}

}  // namespace xtape
