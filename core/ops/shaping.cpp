#include <algorithm>

#include <xtape/core/kernels/strided.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using kernels::Strides;

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape to = shape;
  Index known = 1, unknown_axis = -1;
  for (Index i = 0; i < to.rank(); ++i) {
    require(to[i] >= -1 && (to[i] != -1 || unknown_axis < 0), "reshape",
        "shape may hold lengths and one -1 (received ", shape, ")");
    if (to[i] == -1) {
      unknown_axis = i;
    } else {
      require(!__builtin_mul_overflow(known, to[i], &known), "reshape", "shape is too large (received ",
          shape, ")");
    }
  }
  if (unknown_axis >= 0 && known > 0) to[unknown_axis] = x.size() / known;
  require(to.is_known() && to.size() == x.size(), "reshape", "the number of elements must stay (received ",
      x.shape(), " as ", shape, ")");
  const auto dx = [from = x.shape()](const Tensor& g) { return reshape(g, from); };
  return record(Op::reshape, x.view_as(to), Edge{x, dx});
}

Tensor expand_dims(const Tensor& x, Index axis) {
  return reshape(x, x.shape().with(normalize_axis(axis, x.rank() + 1, "expand_dims"), 1));
}

Tensor squeeze(const Tensor& x) {
  Shape shape;
  for (const Index length : x.shape())
    if (length != 1) shape.push_back(length);
  return reshape(x, shape);
}

Tensor squeeze(const Tensor& x, Index axis) { return squeeze(x, std::vector<Index>{axis}); }

Tensor squeeze(const Tensor& x, const std::vector<Index>& axes) {
  std::array<bool, Shape::max_rank> dropped{};
  for (const Index a : axes) {
    const Index axis = normalize_axis(a, x.rank(), "squeeze");
    require(x.shape()[axis] == 1, "squeeze", "only axes of length 1 can go (received axis=", a, " of shape ",
        x.shape(), ")");
    dropped[static_cast<std::size_t>(axis)] = true;
  }
  Shape shape;
  for (Index i = 0; i < x.rank(); ++i)
    if (!dropped[static_cast<std::size_t>(i)]) shape.push_back(x.shape()[i]);
  return reshape(x, shape);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  require(broadcast_shapes(x.shape(), shape, "broadcast_to") == shape, "broadcast_to", "cannot repeat ",
      x.shape(), " to ", shape);
  const Tensor y = Tensor::empty(shape, x.dtype());
  const Strides standing_still = kernels::broadcast_strides(x.shape(), shape);
  dispatch(x.dtype(), [&]<class T>() {
    kernels::copy_strided(shape, x.data<T>(), standing_still, y.mutable_data<T>(), kernels::row_major(shape));
  });
  const auto dx = [from = x.shape()](const Tensor& g) { return sum_to(g, from); };
  return record(Op::broadcast_to, y, Edge{x, dx});
}

Tensor transpose(const Tensor& x) {
  std::vector<Index> axes;
  for (Index i = x.rank() - 1; i >= 0; --i) axes.push_back(i);
  return transpose(x, axes);
}

Tensor transpose(const Tensor& x, const std::vector<Index>& axes) {
  const Index rank = x.rank();
  require(static_cast<Index>(axes.size()) == rank, "transpose", "axes must name every axis once (received ",
      Shape(axes), " for shape ", x.shape(), ")");
  const Strides x_strides = kernels::row_major(x.shape());
  Strides strides{};
  Shape shape;
  std::vector<Index> back(axes.size(), -1);
  for (Index i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(normalize_axis(axes[i], rank, "transpose"));
    require(back[axis] < 0, "transpose", "axes must name every axis once (received ", Shape(axes),
        " for shape ", x.shape(), ")");
    back[axis] = i;
    strides[static_cast<std::size_t>(i)] = x_strides[axis];
    shape.push_back(x.shape()[static_cast<Index>(axis)]);
  }
  const Tensor y = Tensor::empty(shape, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    kernels::copy_strided(shape, x.data<T>(), strides, y.mutable_data<T>(), kernels::row_major(shape));
  });
  const auto dx = [=](const Tensor& g) { return transpose(g, back); };
  return record(Op::transpose, y, Edge{x, dx});
}

namespace {

std::vector<Index> all_axes(Index rank) {
  std::vector<Index> axes;
  for (Index i = 0; i < rank; ++i) axes.push_back(i);
  return axes;
}

}  // namespace

Tensor swapaxes(const Tensor& x, Index axis1, Index axis2) {
  std::vector<Index> axes = all_axes(x.rank());
  std::swap(
      axes[normalize_axis(axis1, x.rank(), "swapaxes")], axes[normalize_axis(axis2, x.rank(), "swapaxes")]);
  return transpose(x, axes);
}

Tensor moveaxis(const Tensor& x, Index source, Index destination) {
  const Index from = normalize_axis(source, x.rank(), "moveaxis");
  const Index to = normalize_axis(destination, x.rank(), "moveaxis");
  std::vector<Index> axes = all_axes(x.rank());
  axes.erase(axes.begin() + from);
  axes.insert(axes.begin() + to, from);
  return transpose(x, axes);
}

}  // namespace xtape
