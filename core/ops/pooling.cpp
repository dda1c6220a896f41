#include <algorithm>

#include <xtape/core/kernels/pooling.hpp>
#include <xtape/core/ops/pooling.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using kernels::PoolSizes;

Index pooled_steps(Index steps, const Pool1DOptions& o, std::string_view owner) {
  const Index strides = o.strides == None ? o.pool_size : o.strides;
  require(o.pool_size >= 1, owner, "pool_size must be at least 1 (received pool_size=", o.pool_size, ")");
  require(strides >= 1, owner, "strides must be at least 1 (received strides=", strides, ")");
  if (o.padding == "same") return steps > 0 ? (steps - 1) / strides + 1 : 0;
  require(
      o.padding == "valid", owner, "padding must be \"valid\" or \"same\" (received \"", o.padding, "\")");
  require(o.pool_size <= steps, owner,
      "pool_size must not exceed the steps of `x` (received pool_size=", o.pool_size, ", steps=", steps, ")");
  return (steps - o.pool_size) / strides + 1;
}

namespace {

PoolSizes sizes_of(const Tensor& x, const Pool1DOptions& o, std::string_view owner) {
  require(x.rank() == 3, owner, "`x` must have shape (batch, steps, channels) (received ", x.shape(), ")");
  const Index steps = x.shape()[1], windows = pooled_steps(steps, o, owner);
  const Index strides = o.strides == None ? o.pool_size : o.strides;
  // A window, and the way from one to the next, that reach beyond x by more than its length change nothing.
  const Index pool_size = o.padding == "same" ? std::min(o.pool_size, 2 * steps + 2) : o.pool_size;
  const Index missing = o.padding == "same" && windows > 0
                            ? std::max<Index>(0, (windows - 1) * strides + pool_size - steps)
                            : 0;
  return {x.shape()[0], steps, windows, x.shape()[2], pool_size, strides, missing / 2};
}

Tensor average_transpose(const Tensor& y, const PoolSizes& sizes);

Tensor average(const Tensor& x, const PoolSizes& sizes) {
  const Tensor y = Tensor::empty({sizes.batch, sizes.y_steps, sizes.channels}, x.dtype());
  dispatch_floating(x.dtype(), "average_pool1d",
      [&]<class T>() { kernels::average_pool(x.data<T>(), y.mutable_data<T>(), sizes); });
  const auto dx = [=](const Tensor& g) { return average_transpose(g, sizes); };
  return record(Op::average_pool1d, y, Edge{x, dx});
}

Tensor average_transpose(const Tensor& y, const PoolSizes& sizes) {
  const Tensor x = Tensor::empty({sizes.batch, sizes.x_steps, sizes.channels}, y.dtype());
  dispatch_floating(y.dtype(), "average_pool1d",
      [&]<class T>() { kernels::average_pool_transpose(y.data<T>(), x.mutable_data<T>(), sizes); });
  const auto dy = [=](const Tensor& g) { return average(g, sizes); };
  return record(Op::average_pool1d_grad, x, Edge{y, dy});
}

Tensor place(const Tensor& where, const Tensor& y, const PoolSizes& sizes);

/// The values that stand where the windows of `where` have their maxima. `where` counts as a constant.
Tensor pick(const Tensor& where, const Tensor& values, const PoolSizes& sizes) {
  const Tensor y = Tensor::empty({sizes.batch, sizes.y_steps, sizes.channels}, values.dtype());
  dispatch_floating(values.dtype(), "max_pool1d", [&]<class T>() {
    kernels::pick_maxima(where.data<T>(), values.data<T>(), y.mutable_data<T>(), sizes);
  });
  const auto dvalues = [=](const Tensor& g) { return place(where, g, sizes); };
  return record(Op::max_pool1d, y, Edge{values, dvalues});
}

Tensor place(const Tensor& where, const Tensor& y, const PoolSizes& sizes) {
  const Tensor x = Tensor::empty(where.shape(), y.dtype());
  dispatch_floating(y.dtype(), "max_pool1d",
      [&]<class T>() { kernels::place_at_maxima(where.data<T>(), y.data<T>(), x.mutable_data<T>(), sizes); });
  const auto dy = [=](const Tensor& g) { return pick(where, g, sizes); };
  return record(Op::max_pool1d_grad, x, Edge{y, dy});
}

}  // namespace

Tensor max_pool1d(const Tensor& x, const Pool1DOptions& options) {
  return pick(x, x, sizes_of(x, options, "max_pool1d"));
}

Tensor average_pool1d(const Tensor& x, const Pool1DOptions& options) {
  return average(x, sizes_of(x, options, "average_pool1d"));
}

}  // namespace xtape
