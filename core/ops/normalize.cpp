#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include <xtape/core/kernels/normalize.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;
using kernels::NormalizeSizes;

namespace {

/// How one call normalizes, and what it found.
struct Normalization {
  std::vector<Index> axes;
  double epsilon;
  NormalizeSizes sizes;  // x as a matrix
  Tensor mean, inverse_deviation;

  template <class T>
  kernels::Standard<T> standard() const {
    return {mean.data<T>(), inverse_deviation.data<T>()};
  }
};

template <class T>
const T* data_or_null(const Tensor& t) {
  return t ? t.data<T>() : nullptr;
}

// s = sum(g z) down to `shape`, which is that of the scale: <s, scale> = <g, z scale>.
Tensor scale_grad(const Tensor& g, const Tensor& x, const Shape& shape, const Normalization& n);

// u = d (h - mean(h) - z mean(h z)) with h = g scale and d = 1 / sqrt(variance + epsilon); without mean(h) when z is not
// centered. It is symmetric in h and linear, hence dg and dscale.
Tensor x_grad(const Tensor& g, const Tensor& x, const Tensor& scale, const Normalization& n) {
  const Tensor u = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), "normalize", [&]<class T>() {
    kernels::normalize_grad(
        g.data<T>(), x.data<T>(), n.standard<T>(), data_or_null<T>(scale), u.mutable_data<T>(), n.sizes);
  });

  const auto dg = [=](const Tensor& v) {
    const Tensor dh = x_grad(v, x, {}, n);
    return scale ? multiply(dh, scale) : dh;
  };
  const auto dscale = [=](const Tensor& v) {
    return sum_to(multiply(x_grad(v, x, {}, n), g), scale.shape());
  };
  // Per row or column of m numbers <v, u> = m d A with A = mean(v h) - mean(v) mean(h) - mean(v z) mean(h z). What
  // changes with x is z and d, whose gradient is -d^2 z / m.
  const auto dx = [=](const Tensor& v) {
    const auto mean_of = [&](const Tensor& t) { return mean(t, n.axes, true); };
    const Tensor h = scale ? multiply(g, scale) : g;
    const Tensor z = normalize(x, {.axes = n.axes, .epsilon = n.epsilon, .centered = n.sizes.centered});
    const Tensor second = n.sizes.centered ? variance(x, n.axes, true) : mean_of(square(x));
    const Tensor d = rsqrt(add(second, n.epsilon));
    const Tensor vz = mean_of(multiply(v, z)), hz = mean_of(multiply(h, z));
    Tensor a = subtract(mean_of(multiply(v, h)), multiply(vz, hz));
    if (n.sizes.centered) a = subtract(a, multiply(mean_of(v), mean_of(h)));
    const Tensor dz = multiply(negative(d), add(multiply(v, hz), multiply(h, vz)));
    return subtract(x_grad(dz, x, {}, n), multiply(multiply(square(d), a), z));
  };
  return record(Op::normalize_grad, u, Edge{g, dg}, Edge{x, dx}, Edge{scale, dscale});
}

Tensor scale_grad(const Tensor& g, const Tensor& x, const Shape& shape, const Normalization& n) {
  const Tensor s = Tensor::empty(shape, x.dtype());
  dispatch_floating(x.dtype(), "normalize", [&]<class T>() {
    kernels::normalize_scale_grad(g.data<T>(), x.data<T>(), n.standard<T>(), s.mutable_data<T>(), n.sizes);
  });
  const auto dg = [=](const Tensor& v) {
    return normalize(x, {.axes = n.axes, .epsilon = n.epsilon, .scale = v, .centered = n.sizes.centered});
  };
  const auto dx = [=](const Tensor& v) { return x_grad(g, x, v, n); };
  return record(Op::normalize_scale_grad, s, Edge{g, dg}, Edge{x, dx});
}

/// Which axes are reduced, the numbers of them counted from the front.
struct Reduced {
  std::vector<Index> axes;
  std::vector<bool> flags;

  Reduced(const Axes& asked, Index rank) : flags(static_cast<std::size_t>(rank), asked.all()) {
    for (const Index a : asked.numbers()) {
      const Index axis = normalize_axis(a, rank, "normalize");
      require(!flags[axis], "normalize", "an axis is given twice (received axis=", a, ")");
      flags[axis] = true;
    }
    for (Index i = 0; i < rank; ++i)
      if (flags[i]) axes.push_back(i);
  }
  /// The axes that are kept, then those that are reduced.
  std::vector<Index> kept_first() const {
    std::vector<Index> order;
    for (const bool flag : {false, true})
      for (Index i = 0; i < static_cast<Index>(flags.size()); ++i)
        if (flags[i] == flag) order.push_back(i);
    return order;
  }
};

/// x as a matrix whose columns (first = true: the first axes are reduced) or rows are normalized, with scale and offset
/// along its columns. Nothing where it is not one.
std::optional<NormalizeSizes> as_matrix(
    const Shape& x, const Reduced& reduced, bool first, const NormalizeOptions& o) {
  Index split = 0;
  while (split < x.rank() && (reduced.flags[split] == first || x[split] == 1)) ++split;
  for (Index i = split; i < x.rank(); ++i)
    if (reduced.flags[i] == first && x[i] != 1) return {};
  const Shape row = x.slice(split, x.rank());
  const auto fits = [&](const Tensor& t) {
    return !t || (t.size() == row.size() && broadcast_shapes(t.shape(), row, "normalize") == t.shape());
  };
  if (!fits(o.scale) || !fits(o.offset)) return {};
  return NormalizeSizes{x.slice(0, split).size(), row.size(), !first, o.centered};
}

Tensor normalize_matrix(const Tensor& x, const NormalizeOptions& o, const Reduced& reduced,
    const NormalizeSizes& sizes, Moments* moments) {
  Shape kept = x.shape();
  for (const Index axis : reduced.axes) kept[axis] = 1;
  const Tensor y = Tensor::empty(x.shape(), x.dtype()), mean = Tensor::empty(kept, x.dtype()),
               variance = Tensor::empty(kept, x.dtype());
  dispatch_floating(x.dtype(), "normalize", [&]<class T>() {
    kernels::moments(x.data<T>(), mean.mutable_data<T>(), variance.mutable_data<T>(), sizes);
  });
  const Tensor inverse_deviation = map(Op::normalize, variance,
      [e = o.epsilon](auto v) { return 1 / std::sqrt(v + static_cast<decltype(v)>(e)); });
  const Normalization n{reduced.axes, o.epsilon, sizes, mean, inverse_deviation};
  dispatch_floating(x.dtype(), "normalize", [&]<class T>() {
    kernels::normalize(x.data<T>(), n.standard<T>(), data_or_null<T>(o.scale), data_or_null<T>(o.offset),
        y.mutable_data<T>(), sizes);
  });
  if (moments) *moments = {mean, variance};

  const auto dx = [=, scale = o.scale](const Tensor& g) { return x_grad(g, x, scale, n); };
  const auto dscale = [=, shape = o.scale ? o.scale.shape() : Shape()](
                          const Tensor& g) { return scale_grad(g, x, shape, n); };
  const auto doffset = [shape = o.offset ? o.offset.shape() : Shape()](
                           const Tensor& g) { return sum_to(g, shape); };
  return record(Op::normalize, y, Edge{x, dx}, Edge{o.scale, dscale}, Edge{o.offset, doffset});
}

}  // namespace

Tensor normalize(const Tensor& x, const NormalizeOptions& options, Moments* moments) {
  if (!is_floating(x.dtype())) return normalize(cast(x, default_dtype()), options, moments);
  NormalizeOptions o = options;
  for (Tensor* t : {&o.scale, &o.offset}) {
    if (!*t) continue;
    require(broadcast_shapes(t->shape(), x.shape(), "normalize") == x.shape(), "normalize",
        "scale and offset must broadcast to the shape of x (received ", t->shape(), ", x ", x.shape(), ")");
    if (t->dtype() != x.dtype()) *t = cast(*t, x.dtype());
  }
  const Reduced reduced(o.axes, x.rank());
  for (const bool first : {true, false})
    if (const auto sizes = as_matrix(x.shape(), reduced, first, o))
      return normalize_matrix(x, o, reduced, *sizes, moments);

  if (o.scale || o.offset) {  // not along the rows of a matrix
    Tensor y = normalize(x, {.axes = reduced.axes, .epsilon = o.epsilon, .centered = o.centered}, moments);
    if (o.scale) y = multiply(y, o.scale);
    return o.offset ? add(y, o.offset) : y;
  }
  const std::vector<Index> order = reduced.kept_first();
  std::vector<Index> back(order.size()), last(reduced.axes.size());
  for (std::size_t i = 0; i < order.size(); ++i) back[order[i]] = static_cast<Index>(i);
  std::iota(last.begin(), last.end(), x.rank() - static_cast<Index>(last.size()));
  o.axes = last;
  const Tensor y = transpose(normalize(transpose(x, order), o, moments), back);
  if (moments) {
    Shape kept = x.shape();
    for (const Index axis : reduced.axes) kept[axis] = 1;
    *moments = {moments->mean.view_as(kept), moments->variance.view_as(kept)};
  }
  return y;
}

}  // namespace xtape
