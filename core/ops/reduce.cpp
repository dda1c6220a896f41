#include <xtape/core/kernels/reduce.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {
namespace {

/// The shape with 1 where an axis is reduced.
Shape kept_shape(const Shape& x, const Axes& axes, std::string_view owner) {
  Shape kept = x;
  if (!axes) {
    for (Index& length : kept) length = 1;
    return kept;
  }
  std::array<bool, Shape::max_rank> seen{};
  for (const Index a : *axes) {
    const Index axis = normalize_axis(a, x.rank(), owner);
    require(!seen[static_cast<std::size_t>(axis)], owner, "an axis is given twice (received axis=", a, ")");
    seen[static_cast<std::size_t>(axis)] = true;
    kept[axis] = 1;
  }
  return kept;
}

/// The shape without the axes that are reduced.
Shape dropped_shape(const Shape& x, const Axes& axes) {
  if (!axes) return {};
  std::array<bool, Shape::max_rank> dropped{};
  for (const Index a : *axes) dropped[static_cast<std::size_t>(a < 0 ? a + x.rank() : a)] = true;
  Shape out;
  for (Index i = 0; i < x.rank(); ++i)
    if (!dropped[static_cast<std::size_t>(i)]) out.push_back(x[i]);
  return out;
}

Tensor summed(const Tensor& x, const Shape& kept) {
  const Tensor y = Tensor::empty(kept, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>)
      kernels::sum_to(x.data<T>(), x.shape(), y.mutable_data<T>(), kept);
  });
  return y;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  if (x.dtype() == DType::boolean) return sum(cast(x, DType::int32), axes, keepdims);
  const Shape kept = kept_shape(x.shape(), axes, "sum");
  Tensor y = summed(x, kept);
  if (!keepdims) y = y.view_as(dropped_shape(x.shape(), axes));
  const auto dx = [kept, from = x.shape()](const Tensor& g) { return broadcast_to(reshape(g, kept), from); };
  return record(Op::sum, y, Edge{x, dx});
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast_shapes(x.shape(), shape, "sum_to") == x.shape(), "sum_to", "cannot sum ", x.shape(),
      " down to ", shape);
  Shape kept = shape;
  while (kept.rank() < x.rank()) kept = kept.with(0, 1);
  const Tensor y = summed(x, kept).view_as(shape);
  const auto dx = [from = x.shape()](const Tensor& g) { return broadcast_to(g, from); };
  return record(Op::sum_to, y, Edge{x, dx});
}

}  // namespace xtape
