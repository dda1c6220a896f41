#include <numeric>

#include <xtape/core/kernels/strided.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

namespace {

/// The dtype that holds them all.
DType common_dtype(const std::vector<Tensor>& tensors) {
  Tensor widest = tensors.front();
  for (const Tensor& t : tensors)
    if (promoted_dtype(widest, t) != widest.dtype()) widest = t;
  return widest.dtype();
}

/// The shape of the tensors behind each other.
Shape joined_shape(const std::vector<Tensor>& tensors, Index axis) {
  Shape shape = tensors.front().shape();
  shape[axis] = 0;
  for (const Tensor& t : tensors) {
    require(t.rank() == shape.rank() && t.shape().without(axis) == shape.without(axis), "concatenate",
        "shapes must agree but for axis ", axis, " (received ", tensors.front().shape(), " and ", t.shape(),
        ")");
    shape[axis] += t.shape()[axis];
  }
  return shape;
}

}  // namespace

Tensor concatenate(const std::vector<Tensor>& tensors, Index axis_or_negative) {
  require(!tensors.empty(), "concatenate", "needs at least one tensor");
  const Index axis = normalize_axis(axis_or_negative, tensors.front().rank(), "concatenate");
  const DType dtype = common_dtype(tensors);
  std::vector<Tensor> parts;
  for (const Tensor& t : tensors) parts.push_back(cast(t, dtype));
  const Tensor y = Tensor::empty(joined_shape(parts, axis), dtype);
  const kernels::Strides strides = kernels::row_major(y.shape());
  const Index stride = strides[static_cast<std::size_t>(axis)];
  dispatch(dtype, [&]<class T>() {
    T* to = y.mutable_data<T>();
    for (const Tensor& part : parts) {
      kernels::copy_strided(part.shape(), part.data<T>(), kernels::row_major(part.shape()), to, strides);
      to += part.shape()[axis] * stride;
    }
  });
  return record(Op::concatenate, y, [&] {
    std::vector<ListEdge> edges;
    Index first = 0;
    for (const Tensor& part : parts) {
      const Index last = first + part.shape()[axis];
      const auto dpart = [=](const Tensor& g) { return slice(g, axis, first, last); };
      edges.push_back({part, dpart});
      first = last;
    }
    return edges;
  });
}

Tensor stack(const std::vector<Tensor>& tensors, Index axis) {
  require(!tensors.empty(), "stack", "needs at least one tensor");
  const Index at = normalize_axis(axis, tensors.front().rank() + 1, "stack");
  std::vector<Tensor> parts;
  for (const Tensor& t : tensors) {
    require(t.shape() == tensors.front().shape(), "stack", "shapes must be equal (received ",
        tensors.front().shape(), " and ", t.shape(), ")");
    parts.push_back(expand_dims(t, at));
  }
  return concatenate(parts, at);
}

std::vector<Tensor> unstack(const Tensor& x, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "unstack");
  std::vector<Tensor> entries;
  for (Index i = 0; i < x.shape()[axis]; ++i) entries.push_back(squeeze(slice(x, axis, i, i + 1), axis));
  return entries;
}

std::vector<Tensor> split(const Tensor& x, Index sections, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "split"), length = x.shape()[axis];
  require(sections >= 1 && length % sections == 0, "split",
      "sections must divide the axis (received sections=", sections, ", an axis of length ", length, ")");
  std::vector<Index> indices;
  for (Index i = 1; i < sections; ++i) indices.push_back(i * (length / sections));
  return split(x, indices, axis);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<Index>& indices, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "split");
  std::vector<Tensor> parts;
  Bound first = 0;
  for (const Index last : indices) {
    parts.push_back(slice(x, axis, first, last));
    first = last;
  }
  parts.push_back(slice(x, axis, first, Open{}));
  return parts;
}

Tensor roll(const Tensor& x, Index shift, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "roll"), length = x.shape()[axis];
  if (length == 0) return x;
  const Index cut = length - ((shift % length) + length) % length;
  if (cut == length) return x;
  return concatenate({slice(x, axis, cut, Open{}), slice(x, axis, 0, cut)}, axis);
}

Tensor tile(const Tensor& x, const std::vector<Index>& repeats) {
  const Index extra = static_cast<Index>(repeats.size()) - x.rank();
  Shape apart, repeated, joined;  // (n, m) tiled by (2, 3) is (1, n, 1, m) broadcast to (2, n, 3, m)
  for (Index i = std::min<Index>(0, extra); i < static_cast<Index>(repeats.size()); ++i) {
    const Index times = i < 0 ? 1 : repeats[i], axis = i - extra;
    const Index length = axis < 0 ? 1 : x.shape()[axis];
    require(times >= 0, "tile", "repeats must be at least 0 (received ", times, ")");
    if (times != 1) {
      apart.push_back(1);
      repeated.push_back(times);
    }
    apart.push_back(length);
    repeated.push_back(length);
    joined.push_back(times * length);
  }
  return reshape(broadcast_to(reshape(x, apart), repeated), joined);
}

Tensor repeat(const Tensor& x, Index repeats, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "repeat");
  require(repeats >= 0, "repeat", "repeats must be at least 0 (received ", repeats, ")");
  Shape joined = x.shape();
  joined[axis] *= repeats;
  return reshape(broadcast_to(expand_dims(x, axis + 1), x.shape().with(axis + 1, repeats)), joined);
}

Tensor repeat(const Tensor& x, const std::vector<Index>& repeats, Index axis_or_negative) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "repeat");
  require(static_cast<Index>(repeats.size()) == x.shape()[axis], "repeat",
      "repeats needs one number an entry (received ", repeats.size(), " for an axis of length ",
      x.shape()[axis], ")");
  std::vector<Index> indices;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    require(repeats[i] >= 0, "repeat", "repeats must be at least 0 (received ", repeats[i], ")");
    indices.insert(indices.end(), static_cast<std::size_t>(repeats[i]), static_cast<Index>(i));
  }
  return take(x, indices, axis);
}

}  // namespace xtape
