#include <xtape/core/ops/matmul.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

Tensor product(const Inputs& in) { return matmul(in[0], in[1]); }

}  // namespace

GradientCases matmul_cases() {
  return {
      {Op::matmul, "two matrices", product, {{{3, 4}}, {{4, 2}}}},
      {Op::matmul, "matrix and vector", product, {{{3, 4}}, {{4}}}},
      {Op::matmul, "vector and matrix", product, {{{4}}, {{4, 2}}}},
      {Op::matmul, "two vectors", product, {{{4}}, {{4}}}},
      {Op::matmul, "a vector and a stack", product, {{{3}}, {{2, 3, 2}}}},
      {Op::matmul, "a stack and one matrix", product, {{{2, 3, 4}}, {{4, 2}}}},
      {Op::matmul, "one matrix and a stack", product, {{{3, 4}}, {{2, 4, 2}}}},
      {Op::matmul, "stacks that broadcast", product, {{{2, 1, 3, 2}}, {{3, 2, 2}}}},
      {Op::matmul, "axes of length 1", product, {{{1, 1}}, {{1, 3}}}},
      {Op::matmul, "nothing to sum", product, {{{3, 0}}, {{0, 2}}}},
      {Op::matmul, "no rows", product, {{{0, 3}}, {{3, 2}}}},
      {Op::matmul, "no matrices", product, {{{0, 2, 3}}, {{0, 3, 2}}}},
      {Op::matmul, "a transposed",
          [](const Inputs& in) { return matmul(in[0], in[1], {.transpose_a = true}); }, {{{4, 3}}, {{4, 2}}}},
      {Op::matmul, "b transposed",
          [](const Inputs& in) { return matmul(in[0], in[1], {.transpose_b = true}); },
          {{{2, 3, 4}}, {{2, 4}}}},
      {Op::matmul, "both transposed, stacks",
          [](const Inputs& in) { return matmul(in[0], in[1], {.transpose_a = true, .transpose_b = true}); },
          {{{2, 4, 3}}, {{2, 2, 4}}}},
      {Op::matmul, "an input used twice", [](const Inputs& in) { return matmul(in[0], in[0]); }, {{{3, 3}}}},
      {Op::matmul, "dot of a vector and a stack", [](const Inputs& in) { return dot(in[0], in[1]); },
          {{{3}}, {{2, 3, 2}}}},
      {Op::matmul, "tensordot",
          [](const Inputs& in) {
    return tensordot(in[0], in[1], {2, 0}, {0, 2});
       },
          {{{2, 2, 3}}, {{3, 2, 2}}}},
      };
}

}  // namespace xtape::testing
