#include <algorithm>

#include <xtape/core/kernels/gather.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;
using kernels::GatherSizes;

namespace {

/// The indices as int64 from 0 up.
Tensor checked_indices(const Tensor& indices, Index length, std::string_view owner) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    throw TypeError(concat(owner, ": indices must be int32 or int64 (received ", indices.dtype(), ")"));
  const Tensor out = Tensor::empty(indices.shape(), DType::int64);
  dispatch(indices.dtype(), [&]<class T>() {
    kernels::map(indices.data<T>(), out.mutable_data<std::int64_t>(), out.size(), [&](T v) {
      const auto i = static_cast<std::int64_t>(v);
      require(-length <= i && i < length, owner, "index ", i, " is outside an axis of length ", length);
      return i < 0 ? i + length : i;
    });
  });
  return out;
}

/// What gather and its adjoint know of the call: the sizes, and the shapes of x and y.
struct Lookup {
  GatherSizes sizes;
  Shape x, y;
};

Lookup lookup(
    const Shape& x, const Shape& indices, Index axis_or_negative, Index batch, std::string_view owner) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), owner);
  require(
      0 <= batch && batch <= axis && batch <= indices.rank() && x.slice(0, batch) == indices.slice(0, batch),
      owner,
      "the first batch_dims axes of `x` and `indices` must be equal and stand before axis (received x ", x,
      ", indices ", indices, ", axis=", axis_or_negative, ", batch_dims=", batch, ")");
  const Shape picked = indices.slice(batch, indices.rank()), behind = x.slice(axis + 1, x.rank());
  Shape y = x.slice(0, axis);
  for (const Index length : picked) y.push_back(length);
  for (const Index length : behind) y.push_back(length);
  return {
      {x.slice(0, batch).size(), x.slice(batch, axis).size(), x[axis], picked.size(), behind.size()}, x, y};
}

Tensor gathered(const Tensor& x, const Tensor& indices, const Lookup& l);

/// Zeros with y added at the indices.
Tensor scattered(const Tensor& y, const Tensor& indices, const Lookup& l) {
  const Tensor x = zeros(l.x, y.dtype());
  dispatch(y.dtype(), [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>) {
      throw TypeError("scatter_add: dtype must be a number's (received bool)");
    } else {
      kernels::scatter_add(y.data<T>(), indices.data<std::int64_t>(), x.mutable_data<T>(), l.sizes);
    }
  });
  const auto dy = [=](const Tensor& g) { return gathered(g, indices, l); };
  return record(Op::scatter_add, x, Edge{y, dy});
}

Tensor gathered(const Tensor& x, const Tensor& indices, const Lookup& l) {
  const Tensor y = Tensor::empty(l.y, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    kernels::gather(x.data<T>(), indices.data<std::int64_t>(), y.mutable_data<T>(), l.sizes);
  });
  const auto dx = [=](const Tensor& g) { return scattered(g, indices, l); };
  return record(Op::gather, y, Edge{x, dx});
}

}  // namespace

Tensor gather(const Tensor& x, const Tensor& indices, Index axis, Index batch_dims) {
  const Lookup l = lookup(x.shape(), indices.shape(), axis, batch_dims, "gather");
  return gathered(x, checked_indices(indices, l.sizes.length, "gather"), l);
}

Tensor take(const Tensor& x, const Tensor& indices, Index axis) {
  const Lookup l = lookup(x.shape(), indices.shape(), axis, 0, "take");
  return gathered(x, checked_indices(indices, l.sizes.length, "take"), l);
}

Tensor take(const Tensor& x, const std::vector<Index>& indices, Index axis) {
  const std::vector<std::int64_t> values(indices.begin(), indices.end());
  return take(x, Tensor::from(values), axis);
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "take_along_axis"), last = x.rank() - 1;
  require(indices.rank() == x.rank() && indices.shape().without(axis) == x.shape().without(axis),
      "take_along_axis", "`indices` must have the shape of `x` but for axis ", axis_or_negative,
      " (received x ", x.shape(), ", indices ", indices.shape(), ")");
  if (axis == last) return gather(x, indices, last, last);
  return moveaxis(gather(moveaxis(x, axis, last), moveaxis(indices, axis, last), last, last), last, axis);
}

Tensor scatter_add(
    const Tensor& x, const Tensor& indices, const Tensor& updates, Index axis, Index batch_dims) {
  const Lookup l = lookup(x.shape(), indices.shape(), axis, batch_dims, "scatter_add");
  require(updates.shape() == l.y, "scatter_add", "`updates` must have shape ", l.y, " (received ",
      updates.shape(), ")");
  return add(x, scattered(updates, checked_indices(indices, l.sizes.length, "scatter_add"), l));
}

Tensor one_hot(const Tensor& indices, Index num_classes, Index axis_or_negative, DType dtype) {
  require(
      num_classes >= 0, "one_hot", "num_classes must be at least 0 (received num_classes=", num_classes, ")");
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    throw TypeError(concat("one_hot: indices must be int32 or int64 (received ", indices.dtype(), ")"));
  const Index axis = normalize_axis(axis_or_negative, indices.rank() + 1, "one_hot");
  Shape along_axis;  // num_classes at `axis`, 1 elsewhere
  for (Index i = 0; i <= indices.rank(); ++i) along_axis.push_back(i == axis ? num_classes : 1);
  const Tensor classes = arange(0, static_cast<double>(num_classes), 1, DType::int64).view_as(along_axis);
  const Tensor wanted = cast(indices, DType::int64).view_as(indices.shape().with(axis, 1));
  const Tensor y = Tensor::empty(indices.shape().with(axis, num_classes), dtype);
  dispatch(dtype, [&]<class T>() {
    kernels::zip(wanted.data<std::int64_t>(), wanted.shape(), classes.data<std::int64_t>(), classes.shape(),
        y.mutable_data<T>(), y.shape(), [](auto p, auto q) { return p == q; });
  });
  return y;
}

}  // namespace xtape
