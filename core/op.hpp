// The table of contents of the framework: every differentiable op, once, with its formula and its gradient.
// Tapes print from it; the gradient tests walk it and fail for an op without a case.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace xtape {

enum class Op : std::uint8_t {
  // elementwise, two inputs
  add,
  subtract,
  multiply,
  divide,
  // elementwise, one input
  negative,
  exp,
  log,
  square,
  sqrt,
  abs,
  sign,
  relu,
  // shaping
  cast,
  reshape,
  broadcast_to,
  sum_to,
  sum,
  transpose,
  slice,
  pad,
  concatenate,
  gather,
  scatter_add,
  // products
  matmul,
  // convolution
  conv1d,
  conv1d_transpose,
  conv1d_kernel_grad,
  count_
};

struct OpInfo {
  Op op;
  std::string_view name;
  std::string_view forward;   ///< the formula
  std::string_view backward;  ///< the gradient of each input, g being the gradient of y
};

inline constexpr std::array op_table{
    OpInfo{Op::add, "add", "y = a + b", "da = g; db = g"},
    OpInfo{Op::subtract, "subtract", "y = a - b", "da = g; db = -g"},
    OpInfo{Op::multiply, "multiply", "y = a * b", "da = g * b; db = g * a"},
    OpInfo{Op::divide, "divide", "y = a / b", "da = g / b; db = -g * y / b"},
    OpInfo{Op::negative, "negative", "y = -x", "dx = -g"},
    OpInfo{Op::exp, "exp", "y = e^x", "dx = g * y"},
    OpInfo{Op::log, "log", "y = ln x", "dx = g / x"},
    OpInfo{Op::square, "square", "y = x^2", "dx = 2 g x"},
    OpInfo{Op::sqrt, "sqrt", "y = sqrt(x)", "dx = g / (2 y)"},
    OpInfo{Op::abs, "abs", "y = |x|", "dx = g * sign(x)"},
    OpInfo{Op::sign, "sign", "y = -1, 0 or 1", "dx = 0"},
    OpInfo{Op::relu, "relu", "y = max(x, 0)", "dx = g where y > 0, else 0"},
    OpInfo{Op::cast, "cast", "y = x as another dtype", "dx = g as the dtype of x"},
    OpInfo{Op::reshape, "reshape", "y = x under another shape", "dx = g under the shape of x"},
    OpInfo{Op::broadcast_to, "broadcast_to", "y = x repeated along axes", "dx = sum_to(g)"},
    OpInfo{Op::sum_to, "sum_to", "y = x summed down to a shape", "dx = broadcast_to(g)"},
    OpInfo{Op::sum, "sum", "y = sum of x over axes", "dx = g repeated along those axes"},
    OpInfo{
        Op::transpose, "transpose", "y = x with its axes in another order", "dx = g with its axes put back"},
    OpInfo{Op::slice, "slice", "y = a part of x", "dx = g padded with zeros"},
    OpInfo{Op::pad, "pad", "y = x inside a constant", "dx = the part of g"},
    OpInfo{Op::concatenate, "concatenate", "y = a, b, ... one after the other",
        "da, db, ... = their parts of g"},
    OpInfo{Op::gather, "gather", "y = x at indices", "dx = g added at the indices"},
    OpInfo{Op::scatter_add, "scatter_add", "y = x added at indices of zeros", "dx = g at the indices"},
    OpInfo{Op::matmul, "matmul", "y = a b", "da = g b^T; db = a^T g"},
    OpInfo{Op::conv1d, "conv1d", "y = the coefficient of y in <x, w, y>",
        "dx = conv1d_transpose(g, w); dw = conv1d_kernel_grad(x, g)"},
    OpInfo{Op::conv1d_transpose, "conv1d_transpose", "x = the coefficient of x in <x, w, y>",
        "dy = conv1d(g, w); dw = conv1d_kernel_grad(g, y)"},
    OpInfo{Op::conv1d_kernel_grad, "conv1d_kernel_grad", "w = the coefficient of w in <x, w, y>",
        "dx = conv1d_transpose(y, g); dy = conv1d(x, g)"},
};
static_assert(op_table.size() == static_cast<std::size_t>(Op::count_), "op_table misses an Op");
static_assert(
    [] {
  for (std::size_t i = 0; i < op_table.size(); ++i)
    if (op_table[i].op != static_cast<Op>(i)) return false;
  return true;
    }(),
    "op_table must be in the order of enum Op");

constexpr std::string_view name(Op op) { return op_table[static_cast<std::size_t>(op)].name; }

}  // namespace xtape
