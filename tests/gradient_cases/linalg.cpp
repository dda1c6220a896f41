#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/einsum.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/linalg.hpp>
#include <xtape/core/ops/matmul.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

/// A matrix with a diagonal large enough to be far from singular.
Tensor regular(const Tensor& x) { return add(x, multiply(eye(x.dim(-1), None, 0, x.dtype()), 4)); }

Tensor positive_definite(const Tensor& x) {
  return add(matmul(x, x, {.transpose_b = true}), eye(x.dim(-1), None, 0, x.dtype()));
}

GradientCases solver_cases() {
  return {
      {Op::inv, "one matrix", [](const Inputs& in) { return inv(regular(in[0])); }, {{{3, 3}, -1, 1}}},
      {Op::inv, "a stack", [](const Inputs& in) { return inv(regular(in[0])); }, {{{2, 1, 2, 2}, -1, 1}}},
      {Op::inv, "one entry", [](const Inputs& in) { return inv(in[0]); }, {{{1, 1}, 1, 2}}},
      {Op::inv, "no rows", [](const Inputs& in) { return inv(in[0]); }, {{{2, 0, 0}}}},
      {Op::solve, "a vector", [](const Inputs& in) { return solve(regular(in[0]), in[1]); },
          {{{3, 3}, -1, 1}, {{3}}}},
      {Op::solve, "columns", [](const Inputs& in) { return solve(regular(in[0]), in[1]); },
          {{{3, 3}, -1, 1}, {{3, 2}}}},
      {Op::solve, "one matrix for a stack of columns",
          [](const Inputs& in) { return solve(regular(in[0]), in[1]); }, {{{2, 2}, -1, 1}, {{3, 2, 1}}}},
      {Op::solve, "an input used twice", [](const Inputs& in) { return solve(regular(in[0]), in[0]); },
          {{{2, 2}, -1, 1}}},
      {Op::solve, "no columns", [](const Inputs& in) { return solve(regular(in[0]), in[1]); },
          {{{2, 2}, -1, 1}, {{2, 0}}}},
      {Op::solve_triangular, "lower",
          [](const Inputs& in) { return solve_triangular(regular(in[0]), in[1]); },
          {{{3, 3}, -1, 1}, {{3, 2}}}},
      {Op::solve_triangular, "upper, a stack and one vector",
          [](const Inputs& in) { return solve_triangular(regular(in[0]), in[1], {.lower = false}); },
          {{{2, 3, 3}, -1, 1}, {{3}}}},
      {Op::solve_triangular, "lower, transposed",
          [](const Inputs& in) { return solve_triangular(regular(in[0]), in[1], {.transpose = true}); },
          {{{3, 3}, -1, 1}, {{3, 1}}}},
      {Op::solve_triangular, "upper, transposed",
          [](const Inputs& in) {
    return solve_triangular(regular(in[0]), in[1], {.lower = false, .transpose = true});
       },
          {{{1, 1}, -1, 1}, {{1, 2}}}},
      {Op::det, "one matrix", [](const Inputs& in) { return det(regular(in[0])); }, {{{3, 3}, -1, 1}}},
      {Op::det, "a stack", [](const Inputs& in) { return det(regular(in[0])); }, {{{2, 2, 2}, -1, 1}}},
      {Op::det, "no matrices", [](const Inputs& in) { return det(in[0]); }, {{{0, 2, 2}}}},
      {Op::logdet, "one matrix", [](const Inputs& in) { return logdet(regular(in[0])); }, {{{3, 3}, -1, 1}}},
      {Op::logdet, "a stack, negative determinants",
          [](const Inputs& in) { return logdet(negative(regular(in[0]))); }, {{{2, 3, 3}, -1, 1}}},
      {Op::cholesky, "one matrix", [](const Inputs& in) { return cholesky(positive_definite(in[0])); },
          {{{3, 3}}}},
      {Op::cholesky, "a matrix that is not symmetric",
          [](const Inputs& in) { return cholesky(regular(in[0])); }, {{{3, 3}, -1, 1}}},
      {Op::cholesky, "a stack", [](const Inputs& in) { return cholesky(positive_definite(in[0])); },
          {{{2, 1, 2, 2}}}},
      {Op::cholesky, "no rows", [](const Inputs& in) { return cholesky(in[0]); }, {{{2, 0, 0}}}},
      };
}

GradientCases part_cases() {
  return {
      {Op::where, "tril", [](const Inputs& in) { return tril(in[0], -1); }, {{{2, 3, 3}}}},
      {Op::where, "triu", [](const Inputs& in) { return triu(in[0], 1); }, {{{2, 4}}}},
      {Op::where, "diag of a vector", [](const Inputs& in) { return diag(in[0], -1); }, {{{3}}}},
      {Op::slice, "diag of a matrix", [](const Inputs& in) { return diag(in[0], 1); }, {{{3, 4}}}},
      {Op::slice, "trace of the first two axes", [](const Inputs& in) { return trace(in[0], 0, 0, 1); },
          {{{3, 3, 2}}}},
      {Op::slice, "einsum with a diagonal", [](const Inputs& in) { return einsum("iji->j", {in[0]}); },
          {{{3, 2, 3}}}},
      {Op::matmul, "einsum of three", [](const Inputs& in) { return einsum("...ij,jk,k->...i", in); },
          {{{2, 2, 3}}, {{3, 2}}, {{2}}}},
      {Op::matmul, "einsum with a stack in common",
          [](const Inputs& in) { return einsum("bqhd,bkhd->bhqk", in); }, {{{2, 2, 2, 3}}, {{2, 3, 2, 3}}}},
  };
}

}  // namespace

GradientCases linalg_cases() {
  GradientCases cases = solver_cases();
  for (GradientCase& c : part_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace xtape::testing
