#include <cmath>
#include <limits>

#include <xtape/core/kernels/reduce.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

namespace {

/// The shape of a reduction with its reduced axes as 1, and without them.
struct ReducedShape {
  Shape kept, dropped;

  ReducedShape(const Shape& x, const Axes& axes, std::string_view owner) : kept(x) {
    std::array<bool, Shape::max_rank> reduced{};
    reduced.fill(axes.all());
    for (const Index a : axes.numbers()) {
      const Index axis = normalize_axis(a, x.rank(), owner);
      require(
          !reduced[static_cast<std::size_t>(axis)], owner, "an axis is given twice (received axis=", a, ")");
      reduced[static_cast<std::size_t>(axis)] = true;
    }
    for (Index i = 0; i < x.rank(); ++i) {
      if (reduced[static_cast<std::size_t>(i)]) {
        kept[i] = 1;
      } else {
        dropped.push_back(x[i]);
      }
    }
  }
  const Shape& final(bool keepdims) const { return keepdims ? kept : dropped; }
  /// How many entries are taken together.
  Index count(const Shape& x) const {
    Index n = 1;
    for (Index i = 0; i < x.rank(); ++i) n *= kept[i] == 1 ? x[i] : 1;
    return n;
  }
};

/// kernels::sum_to, with a tensor to hold the result.
Tensor summed(const Tensor& x, const Shape& kept) {
  const Tensor y = Tensor::empty(kept, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>)
      kernels::sum_to(x.data<T>(), x.shape(), y.mutable_data<T>(), kept);
  });
  return y;
}

Tensor as_real(const Tensor& x) { return is_floating(x.dtype()) ? x : cast(x, default_dtype()); }

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  if (x.dtype() == DType::boolean) return sum(cast(x, DType::int32), axes, keepdims);
  const ReducedShape shape(x.shape(), axes, "sum");
  const Tensor y = summed(x, shape.kept).view_as(shape.final(keepdims));
  const auto dx = [kept = shape.kept, from = x.shape()](
                      const Tensor& g) { return broadcast_to(reshape(g, kept), from); };
  return record(Op::sum, y, Edge{x, dx});
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.dtype() == DType::boolean) return sum_to(cast(x, DType::int32), shape);
  require(broadcast_shapes(x.shape(), shape, "sum_to") == x.shape(), "sum_to", "cannot sum ", x.shape(),
      " down to ", shape);
  Shape kept = shape;
  while (kept.rank() < x.rank()) kept = kept.with(0, 1);
  const Tensor y = summed(x, kept).view_as(shape);
  const auto dx = [from = x.shape()](const Tensor& g) { return broadcast_to(g, from); };
  return record(Op::sum_to, y, Edge{x, dx});
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  const Index n = ReducedShape(x.shape(), axes, "mean").count(x.shape());
  return divide(sum(as_real(x), axes, keepdims), static_cast<double>(n));
}

Tensor variance(const Tensor& x, const Axes& axes, bool keepdims, Index ddof) {
  const Index n = ReducedShape(x.shape(), axes, "variance").count(x.shape());
  const Tensor v = as_real(x);
  const Tensor deviations = subtract(v, mean(v, axes, true));
  return divide(sum(square(deviations), axes, keepdims), static_cast<double>(std::max<Index>(0, n - ddof)));
}

Tensor stddev(const Tensor& x, const Axes& axes, bool keepdims, Index ddof) {
  return sqrt(variance(x, axes, keepdims, ddof));
}

namespace {

/// For each entry its share in the gradient of the extremum: 1 / k for each of k that tie, 0 for the others.
Tensor shares(Op op, const Tensor& x, const Tensor& y) {
  const Tensor ties = zip(op, x, y, [](auto p, auto q) { return p == q; });
  return divide(ties, summed(ties, y.shape()));
}

void largest(const Tensor& x, const Tensor& y) {
  dispatch(
      x.dtype(), [&]<class T>() { kernels::max_to(x.data<T>(), x.shape(), y.mutable_data<T>(), y.shape()); });
}

void smallest(const Tensor& x, const Tensor& y) {
  dispatch(
      x.dtype(), [&]<class T>() { kernels::min_to(x.data<T>(), x.shape(), y.mutable_data<T>(), y.shape()); });
}

using Extremum = void (*)(const Tensor& x, const Tensor& y);

Tensor extremum(Op op, const Tensor& x, const Axes& axes, bool keepdims, Extremum fill) {
  const ReducedShape shape(x.shape(), axes, name(op));
  require(shape.count(x.shape()) > 0 || shape.kept.size() == 0, name(op),
      "there are no entries (received shape ", x.shape(), ")");
  const Tensor kept = Tensor::empty(shape.kept, x.dtype());
  fill(x, kept);
  const Tensor y = kept.view_as(shape.final(keepdims));
  if (!is_floating(x.dtype())) return y;
  const auto dx = [=](const Tensor& g) { return multiply(reshape(g, kept.shape()), shares(op, x, kept)); };
  return record(op, y, Edge{x, dx});
}

/// The extremum of booleans, which no entries have as well.
Tensor of_truths(std::string_view owner, const Tensor& x, const Axes& axes, bool keepdims, Extremum fill) {
  const ReducedShape shape(x.shape(), axes, owner);
  const Tensor kept = Tensor::empty(shape.kept, DType::boolean);
  fill(cast(x, DType::boolean), kept);
  return kept.view_as(shape.final(keepdims));
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) {
  return extremum(Op::max, x, axes, keepdims, largest);
}

Tensor min(const Tensor& x, const Axes& axes, bool keepdims) {
  return extremum(Op::min, x, axes, keepdims, smallest);
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return of_truths("any", x, axes, keepdims, largest);
}

Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return of_truths("all", x, axes, keepdims, smallest);
}

namespace {

/// 1 where y is 0, and 0 elsewhere: what is added to a divisor that may be 0. A constant for tapes.
Tensor is_zero(const Tensor& y) {
  return map(Op::norm, y, [](auto v) { return static_cast<decltype(v)>(v == 0); });
}

Tensor euclidean_norm(const Tensor& x, const Axes& axes, bool keepdims) {
  const ReducedShape shape(x.shape(), axes, "norm");
  const Tensor kept = sqrt(summed(square(x.detached()), shape.kept));
  const Tensor y = kept.view_as(shape.final(keepdims));
  const auto dx = [=](const Tensor& g) {
    const Tensor length = reshape(y, kept.shape());
    return multiply(divide(reshape(g, kept.shape()), add(length, is_zero(length))), x);
  };
  return record(Op::norm, y, Edge{x, dx});
}

}  // namespace

Tensor norm(const Tensor& x, double ord, const Axes& axes, bool keepdims) {
  require(!std::isnan(ord), "norm", "ord must be a number (received ord=nan)");
  if (!is_floating(x.dtype())) return norm(as_real(x), ord, axes, keepdims);
  if (ord == 2) return euclidean_norm(x, axes, keepdims);
  if (ord == 1) return sum(abs(x), axes, keepdims);
  if (ord == 0) return sum(square(sign(x)), axes, keepdims);
  if (std::isinf(ord)) return ord > 0 ? max(abs(x), axes, keepdims) : min(abs(x), axes, keepdims);
  return power(sum(power(abs(x), ord), axes, keepdims), 1 / ord);
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) {
  if (!is_floating(x.dtype())) return logsumexp(as_real(x), axes, keepdims);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const ReducedShape shape(x.shape(), axes, "logsumexp");
  const Tensor v = x.detached(), top = Tensor::empty(shape.kept, x.dtype());
  largest(v, top);
  const Tensor level = where(isfinite(top), top, 0.0);
  const Tensor kept = add(log(summed(exp(subtract(v, level)), shape.kept)), level);
  const Tensor y = kept.view_as(shape.final(keepdims));
  const auto dx = [=](const Tensor& g) {
    const Tensor kept_y = reshape(y, shape.kept);
    const Tensor finite =
        where(equal(kept_y, -infinity), 0.0, kept_y);  // of no entry but -inf: not inf - inf
    return multiply(reshape(g, shape.kept), exp(subtract(x, finite)));
  };
  return record(Op::logsumexp, y, Edge{x, dx});
}

namespace {

using ArgKernel = void (*)(const Tensor& x, std::int64_t* y, const kernels::LineSizes& sizes);

kernels::LineSizes lines(const Shape& x, Index axis) {
  return {x.slice(0, axis).size(), x[axis], x.slice(axis + 1, x.rank()).size()};
}

Tensor arg_extremum(
    std::string_view owner, const Tensor& x, Index axis_or_negative, bool keepdims, ArgKernel kernel) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), owner);
  require(x.shape()[axis] > 0, owner, "there are no entries (received shape ", x.shape(), ")");
  const Shape kept = x.shape().without(axis).with(axis, 1);
  const Tensor y = Tensor::empty(keepdims ? kept : x.shape().without(axis), DType::int64);
  kernel(x, y.mutable_data<std::int64_t>(), lines(x.shape(), axis));
  return y;
}

void argmax_of(const Tensor& x, std::int64_t* y, const kernels::LineSizes& sizes) {
  dispatch(x.dtype(), [&]<class T>() { kernels::argmax(x.data<T>(), y, sizes); });
}

void argmin_of(const Tensor& x, std::int64_t* y, const kernels::LineSizes& sizes) {
  dispatch(x.dtype(), [&]<class T>() { kernels::argmin(x.data<T>(), y, sizes); });
}

}  // namespace

Tensor argmax(const Tensor& x) { return argmax(x.view_as({x.size()}), 0); }

Tensor argmax(const Tensor& x, Index axis, bool keepdims) {
  return arg_extremum("argmax", x, axis, keepdims, argmax_of);
}

Tensor argmin(const Tensor& x) { return argmin(x.view_as({x.size()}), 0); }

Tensor argmin(const Tensor& x, Index axis, bool keepdims) {
  return arg_extremum("argmin", x, axis, keepdims, argmin_of);
}

}  // namespace xtape
