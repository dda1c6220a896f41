#include <algorithm>

#include <xtape/core/kernels/conv1d.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/finish_impl.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;
using kernels::Conv1DSizes;

namespace {

/// What all three ops ask of their numbers. The bound keeps every position t*strides + k*dilation - left an Index.
void check_options(std::string_view owner, Index strides, Index dilation, Index left, Index groups) {
  constexpr Index most = Index{1} << 31;
  require(
      1 <= strides && strides < most, owner, "strides must be at least 1 (received strides=", strides, ")");
  require(1 <= dilation && dilation < most, owner,
      "dilation must be at least 1 (received dilation=", dilation, ")");
  require(
      -most < left && left < most, owner, "left must lie between -2^31 and 2^31 (received left=", left, ")");
  require(groups >= 1, owner, "groups must be at least 1 (received groups=", groups, ")");
}

void check_steps(std::string_view owner, std::string_view what, Index steps) {
  require(0 <= steps && steps < Index{1} << 31, owner, what, " must be at least 0 (received ", what, "=",
      steps, ")");
}

void check_data(std::string_view owner, std::string_view what, const Tensor& t) {
  require(t.rank() == 3, owner, "`", what, "` must have shape (batch, steps, channels) (received ", t.shape(),
      ")");
  check_steps(owner, "steps", t.shape()[1]);
}

void check_kernel(std::string_view owner, const Tensor& w) {
  require(w.rank() == 3, owner, "`w` must have shape (kernel_size, channels / groups, filters) (received ",
      w.shape(), ")");
  check_steps(owner, "kernel_size", w.shape()[0]);
}

void check_groups(std::string_view owner, Index channels, Index filters, Index groups) {
  require(channels % groups == 0 && filters % groups == 0, owner,
      "groups must divide channels and filters (received groups=", groups, ", channels=", channels,
      ", filters=", filters, ")");
}

/// From the first to the last step of x that a kernel touches.
Index span(Index kernel_size, Index dilation) {
  return kernel_size > 0 ? (kernel_size - 1) * dilation + 1 : 0;
}

/// The windows that fit into x with `left` zeros before it.
Index windows(Index x_steps, Index kernel_size, const Conv1DOptions& o) {
  const Index room = x_steps + o.left - span(kernel_size, o.dilation);
  return room >= 0 ? room / o.strides + 1 : 0;
}

/// The steps of x that windows over y reach, without the `left` ones before it.
Index reach(Index y_steps, Index kernel_size, const Conv1DTransposeOptions& o) {
  if (y_steps == 0) return 0;
  return std::max<Index>(0, (y_steps - 1) * o.strides + span(kernel_size, o.dilation) - o.left);
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& w, const Conv1DOptions& o, const Finish& finish) {
  constexpr std::string_view owner = "conv1d";
  if (x.dtype() != w.dtype())
    return promoted([&](const Tensor& p, const Tensor& q) { return conv1d(p, q, o, finish); }, x, w);
  check_options(owner, o.strides, o.dilation, o.left, o.groups);
  check_data(owner, "x", x);
  check_kernel(owner, w);
  const Index x_steps = x.shape()[1], channels = x.shape()[2], kernel_size = w.shape()[0],
              filters = w.shape()[2];
  check_groups(owner, channels, filters, o.groups);
  require(w.shape()[1] == channels / o.groups, owner,
      "`w` must have channels / groups on its second axis (received x ", x.shape(), ", w ", w.shape(),
      ", groups=", o.groups, ")");
  const Index y_steps = o.y_steps == None ? windows(x_steps, kernel_size, o) : o.y_steps;
  check_steps(owner, "y_steps", y_steps);

  if (!fuses(finish, filters, x.dtype())) return finished(conv1d(x, w, o), finish);
  const Conv1DSizes sizes{x.shape()[0], x_steps, channels, kernel_size, y_steps, filters, o.strides,
      o.dilation, o.left, o.groups};
  const Tensor y = Tensor::empty({sizes.batch, y_steps, filters}, x.dtype());
  dispatch_floating(x.dtype(), owner, [&]<class T>() {
    kernels::conv1d(x.data<T>(), w.data<T>(), y.mutable_data<T>(), sizes, for_kernel<T>(finish));
  });

  const auto dx = [=](const Tensor& g) {
    return conv1d_transpose(g, w, {o.strides, o.dilation, o.left, x_steps, o.groups});
  };
  const auto dw = [=](const Tensor& g) {
    return conv1d_kernel_grad(x, g, {o.strides, o.dilation, o.left, kernel_size, o.groups});
  };
  return record_finished(Op::conv1d, y, finish, Edge{x, dx}, Edge{w, dw});
}

Tensor conv1d_transpose(
    const Tensor& y, const Tensor& w, const Conv1DTransposeOptions& o, const Finish& finish) {
  constexpr std::string_view owner = "conv1d_transpose";
  if (y.dtype() != w.dtype())
    return promoted(
        [&](const Tensor& p, const Tensor& q) { return conv1d_transpose(p, q, o, finish); }, y, w);
  check_options(owner, o.strides, o.dilation, o.left, o.groups);
  check_data(owner, "y", y);
  check_kernel(owner, w);
  const Index y_steps = y.shape()[1], filters = y.shape()[2], kernel_size = w.shape()[0];
  Index channels = 0;
  require(!__builtin_mul_overflow(w.shape()[1], o.groups, &channels), owner,
      "groups is too large (received groups=", o.groups, ")");
  require(w.shape()[2] == filters, owner, "`y` and `w` must agree on filters, their last axis (received y ",
      y.shape(), ", w ", w.shape(), ")");
  check_groups(owner, channels, filters, o.groups);
  const Index x_steps = o.x_steps == None ? reach(y_steps, kernel_size, o) : o.x_steps;
  check_steps(owner, "x_steps", x_steps);

  if (!fuses(finish, channels, y.dtype())) return finished(conv1d_transpose(y, w, o), finish);
  const Conv1DSizes sizes{y.shape()[0], x_steps, channels, kernel_size, y_steps, filters, o.strides,
      o.dilation, o.left, o.groups};
  const Tensor x = Tensor::empty({sizes.batch, x_steps, channels}, y.dtype());
  dispatch_floating(y.dtype(), owner, [&]<class T>() {
    kernels::conv1d_transpose(y.data<T>(), w.data<T>(), x.mutable_data<T>(), sizes, for_kernel<T>(finish));
  });

  const auto dy = [=](const Tensor& g) {
    return conv1d(g, w, {o.strides, o.dilation, o.left, y_steps, o.groups});
  };
  const auto dw = [=](const Tensor& g) {
    return conv1d_kernel_grad(g, y, {o.strides, o.dilation, o.left, kernel_size, o.groups});
  };
  return record_finished(Op::conv1d_transpose, x, finish, Edge{y, dy}, Edge{w, dw});
}

Tensor conv1d_kernel_grad(const Tensor& x, const Tensor& y, const Conv1DKernelGradOptions& o) {
  constexpr std::string_view owner = "conv1d_kernel_grad";
  if (x.dtype() != y.dtype())
    return promoted([&](const Tensor& p, const Tensor& q) { return conv1d_kernel_grad(p, q, o); }, x, y);
  check_options(owner, o.strides, o.dilation, o.left, o.groups);
  check_data(owner, "x", x);
  check_data(owner, "y", y);
  require(x.shape()[0] == y.shape()[0], owner, "`x` and `y` must agree on batch (received x ", x.shape(),
      ", y ", y.shape(), ")");
  const Index x_steps = x.shape()[1], channels = x.shape()[2], y_steps = y.shape()[1], filters = y.shape()[2];
  check_groups(owner, channels, filters, o.groups);
  require(o.kernel_size != None, owner, "kernel_size must be given");
  check_steps(owner, "kernel_size", o.kernel_size);

  const Conv1DSizes sizes{x.shape()[0], x_steps, channels, o.kernel_size, y_steps, filters, o.strides,
      o.dilation, o.left, o.groups};
  const Tensor w = Tensor::empty({o.kernel_size, channels / o.groups, filters}, x.dtype());
  dispatch_floating(x.dtype(), owner,
      [&]<class T>() { kernels::conv1d_kernel_grad(x.data<T>(), y.data<T>(), w.mutable_data<T>(), sizes); });

  const auto dx = [=](const Tensor& g) {
    return conv1d_transpose(y, g, {o.strides, o.dilation, o.left, x_steps, o.groups});
  };
  const auto dy = [=](const Tensor& g) {
    return conv1d(x, g, {o.strides, o.dilation, o.left, y_steps, o.groups});
  };
  return record(Op::conv1d_kernel_grad, w, Edge{x, dx}, Edge{y, dy});
}

}  // namespace xtape
