#include "gradient_cases.hpp"

#include <xtape/core/differentiate.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

Tensor own_product(const Inputs& v) {
  static const ListFunction product = custom_gradient([](const Inputs& x) { return x[0] * x[1]; },
      [](const Inputs& x, const Tensor&, const Tensor& g) {
    return Inputs{g * x[1], g * x[0]};
  });
  return product(v);
}

Tensor own_exp(const Tensor& x) {
  static const Function f = custom_gradient([](const Tensor& t) { return exp(t); },
      [](const Tensor&, const Tensor& y, const Tensor& g) { return g * y; });
  return f(x);
}

Tensor recomputed(const Inputs& v) {
  static const ListFunction f = recompute_grad([](const Inputs& x) { return exp(x[0] * x[1]) * x[0]; });
  return f(v);
}

}  // namespace

GradientCases differentiate_cases() {
  return {
      {Op::custom_gradient, "one input, the rule uses y", [](const Inputs& v) { return own_exp(v[0]); },
          {{{2, 3}}}},
      {Op::custom_gradient, "two inputs", own_product, {{{3}}, {{3}}}},
      {Op::custom_gradient, "an input used twice",
          [](const Inputs& v) {
    return own_product({v[0], v[0]});
       },
          {{{2}}}},
      {Op::custom_gradient, "no elements", own_product, {{{0, 2}}, {{0, 2}}}},
      {Op::recompute_grad, "two inputs", recomputed, {{{2, 3}}, {{2, 3}}}},
      {Op::recompute_grad, "nested",
          [](const Inputs& v) {
    return recompute_grad(Function([](const Tensor& x) { return recomputed({x, x}); }))(v[0]);
       },
          {{{3}, -1, 1}}},
      };
}

}  // namespace xtape::testing
