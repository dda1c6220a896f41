#include <algorithm>

#include <xtape/core/kernels/matmul.hpp>
#include <xtape/core/ops/finish_impl.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

namespace {

/// y = a b, or y += a b, for operands of two axes or more.
void multiply_into(const Tensor& y, const Tensor& a, const Tensor& b, const MatmulOptions& o, bool adds,
    const Finish& finish = {}) {
  const auto batch = [](const Tensor& t) { return t.shape().slice(0, t.rank() - 2); };
  dispatch(y.dtype(), [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>) {
      throw TypeError("matmul: dtype must be a number's (received bool)");
    } else {
      kernels::matmul(a.data<T>(), b.data<T>(), y.mutable_data<T>(),
          {y.dim(-2), y.dim(-1), a.dim(o.transpose_a ? -2 : -1), o.transpose_a, o.transpose_b, batch(a),
              batch(b), batch(y), adds},
          for_kernel<T>(finish));
    }
  });
}

/// The gradient of a matrix on the right, b. At each step of a sequence it is the same b: the sum is taken in place.
struct RightGradient {
  Tensor a;
  MatmulOptions options;

  Tensor operator()(const Tensor& g) const {
    return options.transpose_b ? matmul(g, a, of_right()) : matmul(a, g, of_right());
  }
  void add_to(const Tensor& sum, const Tensor& g) const {
    const bool g_first = options.transpose_b;
    multiply_into(sum, g_first ? g : a, g_first ? a : g, of_right(), true);
  }
  MatmulOptions of_right() const {
    return options.transpose_b ? MatmulOptions{true, options.transpose_a}
                               : MatmulOptions{!options.transpose_a, false};
  }
};

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& o, const Finish& finish) {
  constexpr std::string_view owner = "matmul";
  if (a.dtype() != b.dtype())
    return promoted([&](const Tensor& p, const Tensor& q) { return matmul(p, q, o, finish); }, a, b);
  require(a.rank() >= 1 && b.rank() >= 1, owner, "operands must have at least one axis (received ", a.shape(),
      " and ", b.shape(), ")");
  if (a.rank() == 1)
    return finished(
        squeeze(matmul(expand_dims(a, 0), b, {false, o.transpose_b}), b.rank() == 1 ? 0 : -2), finish);
  if (b.rank() == 1)
    return finished(squeeze(matmul(a, expand_dims(b, 1), {o.transpose_a, false}), -1), finish);
  const Index m = a.dim(o.transpose_a ? -1 : -2), k = a.dim(o.transpose_a ? -2 : -1);
  const Index n = b.dim(o.transpose_b ? -2 : -1), b_rows = b.dim(o.transpose_b ? -1 : -2);
  require(k == b_rows, owner, "columns of `a` and rows of `b` must agree (received ", a.shape(), " and ",
      b.shape(), o.transpose_a ? ", transpose_a=true" : "", o.transpose_b ? ", transpose_b=true" : "", ")");
  const Shape a_batch = a.shape().slice(0, a.rank() - 2), b_batch = b.shape().slice(0, b.rank() - 2);
  if (a.rank() > 2 && b.rank() == 2 && !o.transpose_a) {  // one tall matrix instead of a stack
    const Tensor tall = matmul(reshape(a, {a_batch.size() * m, k}), b, o, finish);
    return reshape(tall, a_batch.with(a_batch.rank(), m).with(a_batch.rank() + 1, n));
  }
  if (!fuses(finish, n, a.dtype()) || !is_floating(a.dtype())) {
    if (finish.bias || finish.relu) return finished(matmul(a, b, o), finish);
  }
  const Shape batch = broadcast_shapes(a_batch, b_batch, owner);
  const Tensor y = Tensor::empty(batch.with(batch.rank(), m).with(batch.rank() + 1, n), a.dtype());
  multiply_into(y, a, b, o, false, finish);
  const auto da = [=, to = a.shape()](const Tensor& g) {
    return sum_to(
        o.transpose_a ? matmul(b, g, {o.transpose_b, true}) : matmul(g, b, {false, !o.transpose_b}), to);
  };
  const RightGradient right{a, o};
  if (y.rank() == 2) return record_finished(Op::matmul, y, finish, Edge{a, da}, Edge{b, right});
  const auto db = [=, to = b.shape()](const Tensor& g) { return sum_to(right(g), to); };
  return record_finished(Op::matmul, y, finish, Edge{a, da}, Edge{b, db});
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0) return multiply(a, b);
  require(a.dim(-1) == b.dim(b.rank() == 1 ? 0 : -2), "dot",
      "the last axis of `a` and the last but one of `b` must agree (received ", a.shape(), " and ", b.shape(),
      ")");
  if (b.rank() <= 2) return matmul(a, b);
  return tensordot(a, b, {-1}, {-2});
}

Tensor outer(const Tensor& a, const Tensor& b) {
  return multiply(reshape(a, {a.size(), 1}), reshape(b, {1, b.size()}));
}

namespace {

struct Arrangement {
  std::vector<Index> axes;  // the axes in their new order
  Shape free;               // the lengths of those that stay
  Index summed = 1;         // the product of those that are summed
};

/// The axes of x with those in `summed` moved to one end.
Arrangement arrange(const Tensor& x, const std::vector<Index>& summed, bool summed_last) {
  Arrangement out;
  std::vector<Index> moved;
  std::array<bool, Shape::max_rank> is_summed{};
  for (const Index a : summed) {
    const Index axis = normalize_axis(a, x.rank(), "tensordot");
    require(!is_summed[static_cast<std::size_t>(axis)], "tensordot",
        "an axis is given twice (received axis=", a, ")");
    is_summed[static_cast<std::size_t>(axis)] = true;
    moved.push_back(axis);
    out.summed *= x.shape()[axis];
  }
  for (Index i = 0; i < x.rank(); ++i)
    if (!is_summed[static_cast<std::size_t>(i)]) {
      out.axes.push_back(i);
      out.free.push_back(x.shape()[i]);
    }
  out.axes.insert(summed_last ? out.axes.end() : out.axes.begin(), moved.begin(), moved.end());
  return out;
}

/// transpose, but nothing when the axes are in order already.
Tensor in_order(const Tensor& x, const std::vector<Index>& axes) {
  return std::is_sorted(axes.begin(), axes.end()) ? x : transpose(x, axes);
}

}  // namespace

Tensor tensordot(const Tensor& a, const Tensor& b, Index axes) {
  require(0 <= axes && axes <= std::min(a.rank(), b.rank()), "tensordot",
      "axes must lie between 0 and the rank of both operands (received axes=", axes, " for ", a.shape(),
      " and ", b.shape(), ")");
  std::vector<Index> a_axes, b_axes;
  for (Index i = 0; i < axes; ++i) {
    a_axes.push_back(a.rank() - axes + i);
    b_axes.push_back(i);
  }
  return tensordot(a, b, a_axes, b_axes);
}

Tensor tensordot(
    const Tensor& a, const Tensor& b, const std::vector<Index>& a_axes, const std::vector<Index>& b_axes) {
  require(a_axes.size() == b_axes.size(), "tensordot", "as many axes of `a` as of `b` are needed (received ",
      Shape(a_axes), " and ", Shape(b_axes), ")");
  const Arrangement p = arrange(a, a_axes, true), q = arrange(b, b_axes, false);
  for (std::size_t i = 0; i < a_axes.size(); ++i)
    require(a.dim(a_axes[i]) == b.dim(b_axes[i]), "tensordot",
        "axes that are summed must agree (received axis ", a_axes[i], " of ", a.shape(), " and axis ",
        b_axes[i], " of ", b.shape(), ")");
  const Tensor product = matmul(reshape(in_order(a, p.axes), {p.free.size(), p.summed}),
      reshape(in_order(b, q.axes), {q.summed, q.free.size()}));
  Shape shape = p.free;
  for (const Index length : q.free) shape.push_back(length);
  return reshape(product, shape);
}

}  // namespace xtape
