#include "gradient_cases.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Unary = std::function<Tensor(const Tensor&)>;

struct Range {
  double low = -2, high = 2, away = 0;
};

// The gradient of f at x, which an op of its own computes.
Tensor gradient_of(const Unary& f, const Tensor& x, const Tensor& weights) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x, {.output_gradients = {weights}});
}

void add_activation(GradientCases& cases, Op op, const std::string& name, const Unary& f, Range r = {}) {
  const auto call = [f](const Inputs& in) { return f(in[0]); };
  cases.push_back({op, name + ", a matrix", call, {{{3, 4}, r.low, r.high, r.away}}});
  cases.push_back({op, name + ", axes of length 1", call, {{{1, 3, 1}, r.low, r.high, r.away}}});
  cases.push_back({op, name + ", no elements", call, {{{0, 4}, r.low, r.high, r.away}}});
  cases.push_back({op, name + ", an input used twice",
      [f](const Inputs& in) { return multiply(f(in[0]), in[0]); }, {{{4}, r.low, r.high, r.away}}});
}

void add_gradient_op(GradientCases& cases, Op op, const std::string& name, const Unary& f, Range r = {}) {
  const auto call = [f](const Inputs& in) { return gradient_of(f, in[0], in[1]); };
  cases.push_back({op, name + ", a matrix", call, {{{3, 4}, r.low, r.high, r.away}, {{3, 4}}}});
  cases.push_back({op, name + ", no elements", call, {{{1, 0}, r.low, r.high, r.away}, {{1, 0}}}});
  cases.push_back({op, name + ", an input used twice",
      [f](const Inputs& in) { return gradient_of(f, in[0], in[0]); }, {{{4}, r.low, r.high, r.away}}});
}

void add_relu(GradientCases& cases) {
  const Range apart{-2, 2, 0.05};
  const auto add = [&](const std::string& name, const Unary& f, Range r) {
    add_activation(cases, Op::relu, name, f, r);
    add_gradient_op(cases, Op::relu_grad, name, f, r);
  };
  add(
      "relu", [](const Tensor& x) { return relu(x); }, apart);
  add(
      "leaky_relu", [](const Tensor& x) { return leaky_relu(x); }, apart);
  add("relu6 where it ends", relu6, {6.1, 7});
  const ReluOptions all{.negative_slope = 0.25, .max_value = 1.5, .threshold = 0.5};
  const Unary f = [=](const Tensor& x) { return relu(x, all); };
  add("below the threshold", f, {-1, 0.45});
  add("above the threshold", f, {0.55, 1.45});
  add("above max_value", f, {1.55, 2});
}

void add_smooth(GradientCases& cases) {
  const Range apart{-2, 2, 0.05};
  add_activation(cases, Op::sigmoid, "sigmoid", sigmoid);
  add_gradient_op(cases, Op::sigmoid_grad, "sigmoid", sigmoid);
  add_activation(cases, Op::softplus, "softplus", softplus);
  add_activation(cases, Op::softsign, "softsign", softsign, apart);
  add_activation(
      cases, Op::elu, "elu", [](const Tensor& x) { return elu(x, 0.7); }, apart);
  add_activation(cases, Op::elu, "selu", selu, apart);
  add_activation(
      cases, Op::elu, "celu", [](const Tensor& x) { return celu(x, 0.7); }, apart);
  add_activation(cases, Op::gelu, "gelu", [](const Tensor& x) { return gelu(x); });
  add_gradient_op(cases, Op::gelu_grad, "gelu", [](const Tensor& x) { return gelu(x); });
  add_activation(cases, Op::sigmoid, "approximate gelu", [](const Tensor& x) { return gelu(x, true); });
  add_activation(cases, Op::silu, "silu", silu);
  add_gradient_op(cases, Op::silu_grad, "silu", silu);
}

void add_along_an_axis(GradientCases& cases) {
  for (const Index axis : {Index{0}, Index{-1}}) {
    const std::string where = "axis " + std::to_string(axis);
    const Unary soft = [=](const Tensor& x) { return softmax(x, axis); };
    add_activation(cases, Op::softmax, where, soft);
    add_gradient_op(cases, Op::softmax_grad, where, soft);
    add_activation(cases, Op::log_softmax, where, [=](const Tensor& x) { return log_softmax(x, axis); });
  }
  const Unary middle = [](const Tensor& x) { return softmax(x, 1); };
  cases.push_back(
      {Op::softmax, "a middle axis", [=](const Inputs& in) { return middle(in[0]); }, {{{2, 3, 2}}}});
  cases.push_back(
      {Op::log_softmax, "a long axis", [=](const Inputs& in) { return log_softmax(in[0]); }, {{{2, 37}}}});
  // Of three entries within 0.9 of each other two or more stay; that set is the same nearby.
  const Tensor offsets = {0.0, 0.3, -2.0, 0.6};
  const Unary sparse = [=](const Tensor& x) { return sparsemax(add(x, cast(offsets, x.dtype()))); };
  const Range narrow{-0.01, 0.01};
  cases.push_back({Op::sparsemax, "three of four in the support",
      [=](const Inputs& in) { return multiply(sparse(in[0]), in[0]); }, {{{2, 4}, narrow.low, narrow.high}}});
  cases.push_back({Op::sparsemax, "axis 0", [=](const Inputs& in) { return sparsemax(in[0], 0); },
      {{{3, 2}, narrow.low, narrow.high}}});
  cases.push_back(
      {Op::sparsemax, "no elements", [=](const Inputs& in) { return sparsemax(in[0]); }, {{{0, 3}}}});
  cases.push_back({Op::sparsemax_grad, "three of four in the support",
      [=](const Inputs& in) { return gradient_of(sparse, in[0], in[1]); },
      {{{2, 4}, narrow.low, narrow.high}, {{2, 4}}}});
}

// Formulas of other ops, each under the op that it leans on most.
void add_compositions(GradientCases& cases) {
  const Range apart{-2, 2, 0.05};
  add_activation(cases, Op::softplus, "mish", mish);
  add_activation(cases, Op::softplus, "log_sigmoid", log_sigmoid);
  add_activation(cases, Op::tanh, "tanh_shrink", tanh_shrink);
  add_activation(cases, Op::sqrt, "squareplus", [](const Tensor& x) { return squareplus(x); });
  add_activation(cases, Op::exp, "exponential", exponential);
  add_activation(
      cases, Op::where, "threshold", [](const Tensor& x) { return threshold(x, 0, 0.5); }, apart);
  add_activation(
      cases, Op::where, "hard_shrink", [](const Tensor& x) { return hard_shrink(x, 0); }, apart);
  add_activation(cases, Op::clip, "soft_shrink", [](const Tensor& x) { return soft_shrink(x, 3); });
  add_activation(cases, Op::clip, "hard_tanh", hard_tanh, {-0.9, 0.9});
  add_activation(cases, Op::clip, "sparse_sigmoid", sparse_sigmoid, {-0.9, 0.9});
  add_activation(cases, Op::clip, "hard_sigmoid_tf24", hard_sigmoid_tf24);
  add_activation(cases, Op::where, "sparse_plus", sparse_plus, {-0.9, 0.9});
  add_activation(cases, Op::relu, "hard_sigmoid", hard_sigmoid);
  add_activation(cases, Op::relu, "hard_silu", hard_silu);
  cases.push_back({Op::sigmoid, "glu", [](const Inputs& in) { return glu(in[0]); }, {{{2, 4}}}});
  cases.push_back({Op::sigmoid, "glu, axis 0", [](const Inputs& in) { return glu(in[0], 0); }, {{{2, 3}}}});
}

void add_dropout(GradientCases& cases) {
  const DropoutOptions options{.key = RandomKey{1, 2}};
  const auto drop = [=](const Inputs& in) { return square(dropout(in[0], 0.4, options)); };
  cases.push_back({Op::dropout, "a matrix", drop, {{{4, 5}}}});
  cases.push_back({Op::dropout, "no elements", drop, {{{0, 5}}}});
  cases.push_back({Op::dropout, "a mask shared along an axis",
      [](const Inputs& in) {
    return multiply(dropout(in[0], 0.4, {.key = RandomKey{1, 2}, .noise_shape = Shape{None, 1, 3}}), in[0]);
                   },
      {{{2, 4, 3}}}});
  cases.push_back({Op::dropout, "all dropped", [](const Inputs& in) { return dropout(in[0], 1); }, {{{3}}}});
}

}  // namespace

GradientCases nn_cases() {
  GradientCases cases;
  add_relu(cases);
  add_smooth(cases);
  add_along_an_axis(cases);
  add_compositions(cases);
  add_dropout(cases);
  return cases;
}

}  // namespace xtape::testing
