// How ops with a Finish compute and record it. For core/ops/*.cpp only.
#pragma once
#include <xtape/core/kernels/finish.hpp>
#include <xtape/core/ops/finish.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape::ops {

/// The vjp of y = relu(x): g where y > 0, else 0. Of x, y tells enough.
struct ReluVjp {
  Tensor y;
  Tensor operator()(const Tensor& g) const;
  void replace(const Tensor& g) const;
};

/// Whether the kernels can take it: a bias that needs no conversion, and no tape that wants to see each op's result.
inline bool fuses(const Finish& finish, Index channels, DType dtype) {
  const Tensor& b = finish.bias;
  if (b && (b.rank() != 1 || b.dim(0) != channels || b.dtype() != dtype)) return false;
  for (const GradientTape* tape = GradientTape::innermost(); tape; tape = tape->outer())
    if (tape->sees_values()) return false;
  return true;
}

/// The same as ops of their own.
inline Tensor finished(const Tensor& result, const Finish& finish) {
  const Tensor y = finish.bias ? add(result, finish.bias) : result;
  return finish.relu ? relu(y) : y;
}

template <class T>
kernels::Finish<T> for_kernel(const Finish& finish) {
  return {finish.bias ? finish.bias.data<T>() : nullptr, finish.relu};
}

/// `record` for a y that a kernel has finished: up to three records, op, add, relu. What stands between them has an id and a
/// shape for the tape, but no values; no gradient asks for them.
template <class... F>
Tensor record_finished(Op op, const Tensor& y, const Finish& finish, const Edge<F>&... inputs) {
  if (!GradientTape::innermost()) return y;
  Tensor last = finish.bias || finish.relu ? y.detached() : y;
  record(op, last, inputs...);
  if (finish.bias) {
    const Tensor result = last;
    last = finish.relu ? y.detached() : y;
    const auto dresult = [](const Tensor& g) { return g; };
    const auto dbias = [shape = finish.bias.shape()](const Tensor& g) { return sum_to(g, shape); };
    record(Op::add, last, Edge{result, dresult}, Edge{finish.bias, dbias});
  }
  if (finish.relu) {
    const ReluVjp dx{y};
    record(Op::relu, y, Edge{last, dx});
  }
  return y;
}

}  // namespace xtape::ops
