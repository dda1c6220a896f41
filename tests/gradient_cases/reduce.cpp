#include <limits>

#include <xtape/core/ops/cumulative.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Reduction = Tensor (*)(const Tensor& x, const Axes& axes, bool keepdims);

/// The same axes for every reduction.
struct Span {
  std::string name;
  Shape x;
  Axes axes;
  bool keepdims;
};

const std::vector<Span> spans{
    {"all axes", {2, 3}, {}, false},
    {"all axes, kept", {2, 3}, {}, true},
    {"the last axis", {2, 3, 2}, {-1}, false},
    {"the first axis", {3, 2, 2}, {0}, true},
    {"the middle axis", {2, 3, 2}, {1}, false},
    {"first and last axis", {2, 3, 2}, {0, -1}, false},
    {"axes of length 1", {1, 3, 1}, {0, 2}, false},
    {"a scalar", {}, {}, false},
    {"no rows", {0, 3}, {1}, false},
};

void add_reduction(
    GradientCases& cases, Op op, const std::string& name, Reduction reduction, double gap = 0) {
  for (const Span& s : spans)
    cases.push_back(
        {op, name + s.name, [s, reduction](const Inputs& in) { return reduction(in[0], s.axes, s.keepdims); },
            {{s.x, -2, 2, gap}}});
}

Tensor euclidean(const Tensor& x, const Axes& axes, bool keepdims) { return norm(x, 2, axes, keepdims); }

Tensor with_zeros(const Tensor& x) { return multiply(x, Tensor{1, 0, 1, 1, 0}); }

}  // namespace

GradientCases reduce_cases() {
  GradientCases cases;
  add_reduction(cases, Op::sum, "", sum);
  add_reduction(cases, Op::max, "", max, 0.02);
  add_reduction(cases, Op::min, "", min, 0.02);
  add_reduction(cases, Op::norm, "", euclidean, 0.3);
  add_reduction(cases, Op::logsumexp, "", logsumexp);
  add_reduction(cases, Op::sum, "mean, ", [](const Tensor& x, const Axes& axes, bool keepdims) {
    return x.size() > 0 ? mean(x, axes, keepdims) : sum(x, axes, keepdims);
  });
  const GradientCases more{
      {Op::sum, "an input used twice", [](const Inputs& in) { return multiply(sum(in[0], 0), in[0]); },
          {{{2, 3}}}},
      {Op::sum, "no entries at all", [](const Inputs& in) { return sum(in[0]); }, {{{0, 2}}}},
      {Op::sum, "variance", [](const Inputs& in) { return variance(in[0], {0}); }, {{{4, 2}}}},
      {Op::sum, "variance of a sample", [](const Inputs& in) { return variance(in[0], {}, false, 1); },
          {{{4, 2}}}},
      {Op::sum, "stddev", [](const Inputs& in) { return stddev(in[0], {-1}, true); }, {{{2, 4}}}},
      {Op::sum, "norm 1", [](const Inputs& in) { return norm(in[0], 1, {1}); }, {{{2, 3}, -2, 2, 0.05}}},
      {Op::sum, "norm 3", [](const Inputs& in) { return norm(in[0], 3, {1}); }, {{{2, 3}, -2, 2, 0.2}}},
      {Op::max, "norm infinity",
          [](const Inputs& in) { return norm(in[0], std::numeric_limits<double>::infinity(), {0}); },
          {{{3, 2}, 0.1, 2, 0.02}}},
      {Op::max, "an input used twice",
          [](const Inputs& in) { return multiply(max(in[0], 1, true), subtract(in[0], min(in[0]))); },
          {{{2, 3}, -2, 2, 0.02}}},
      {Op::logsumexp, "far from 0", [](const Inputs& in) { return logsumexp(add(in[0], 1000.0), 1); },
          {{{2, 3}}}},
      {Op::sum_to, "a new axis and one of length 1",
          [](const Inputs& in) {
    return sum_to(in[0], {3, 1});
       },
          {{{2, 3, 2}}}},
      {Op::sum_to, "down to a scalar", [](const Inputs& in) { return sum_to(in[0], {}); }, {{{2, 1, 2}}}},
      {Op::sum_to, "no columns",
          [](const Inputs& in) {
    return sum_to(in[0], {1, 0});
       },
          {{{2, 0}}}},
      {Op::cumsum, "the first axis", [](const Inputs& in) { return cumsum(in[0], 0); }, {{{3, 2}}}},
      {Op::cumsum, "exclusive, the last axis",
          [](const Inputs& in) { return cumsum(in[0], -1, {.exclusive = true}); }, {{{2, 3}}}},
      {Op::cumsum, "reverse, the middle axis",
          [](const Inputs& in) { return cumsum(in[0], 1, {.reverse = true}); }, {{{2, 3, 2}}}},
      {Op::cumsum, "exclusive and reverse, an input used twice",
          [](const Inputs& in) {
    return multiply(in[0], cumsum(in[0], 0, {.exclusive = true, .reverse = true}));
       },
          {{{4}}}},
      {Op::cumsum, "no entries", [](const Inputs& in) { return cumsum(in[0], 0); }, {{{0, 2}}}},
      {Op::multiply, "prod",
          [](const Inputs& in) {
    return prod(in[0], {0, 2});
       },
          {{{3, 2, 2}}}},
      {Op::multiply, "prod of all", [](const Inputs& in) { return prod(in[0], {}, true); }, {{{2, 3}}}},
      {Op::multiply, "prod with two zeros", [](const Inputs& in) { return prod(with_zeros(in[0]), {1}); },
          {{{2, 5}}}},
      {Op::multiply, "cumprod", [](const Inputs& in) { return cumprod(in[0], 1); }, {{{2, 5}}}},
      {Op::multiply, "cumprod with two zeros, exclusive and reverse",
          [](const Inputs& in) {
    return cumprod(with_zeros(in[0]), -1, {.exclusive = true, .reverse = true});
       },
          {{{2, 5}}}},
      };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

}  // namespace xtape::testing
