#include <xtape/core/flops.hpp>

namespace xtape {
namespace {

/// Of a convolution, for the shapes (batch, y_steps, filters) and (kernel_size, channels / groups, filters).
Index of_convolution(const Shape& y, const Shape& kernel) { return 2 * y[0] * y[1] * kernel.size(); }

}  // namespace

Index flops(Op op, const std::vector<Shape>& inputs, const Shape& output) {
  switch (op) {
    case Op::matmul: {
      const Shape& a = inputs.at(0);  // (rows, inner), or the other way round when it is transposed
      const Index rows = output.dim(-2);
      return rows == 0 ? 0 : 2 * output.size() * (a.dim(-2) * a.dim(-1) / rows);
    }
    case Op::conv1d:
      return of_convolution(output, inputs.at(1));
    case Op::conv1d_transpose:
      return of_convolution(inputs.at(0), inputs.at(1));
    case Op::conv1d_kernel_grad:
      return of_convolution(inputs.at(1), output);
    default:
      return 0;
  }
}

}  // namespace xtape
