#include "gradient_cases.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Unary = std::function<Tensor(const Tensor&)>;
using Binary = std::function<Tensor(const Tensor&, const Tensor&)>;

struct Domain {
  double low = -2, high = 2, away = 0;
  CaseInput input(const Shape& shape) const { return {shape, low, high, away}; }
};

// A function of one tensor: a matrix, a scalar, axes of length 1 and 0, and an input that is used again.
void add_unary(GradientCases& cases, Op op, const Unary& f, const Domain& x = {}) {
  const auto call = [f](const Inputs& in) { return f(in[0]); };
  cases.push_back({op, "a matrix", call, {x.input({2, 3})}});
  cases.push_back({op, "a scalar", call, {x.input({})}});
  cases.push_back({op, "axes of length 1", call, {x.input({1, 3, 1})}});
  cases.push_back({op, "no elements", call, {x.input({2, 0})}});
  cases.push_back({op, "an input used twice",
      [f](const Inputs& in) { return multiply(f(in[0]), add(in[0], 3)); }, {x.input({3})}});
}

// A function of two: every way to broadcast, and the same tensor on both sides.
void add_binary(GradientCases& cases, Op op, const Binary& f, const Domain& a = {}, const Domain& b = {}) {
  const auto call = [f](const Inputs& in) { return f(in[0], in[1]); };
  cases.push_back({op, "equal shapes", call, {a.input({2, 3}), b.input({2, 3})}});
  cases.push_back({op, "both repeated", call, {a.input({2, 1, 3}), b.input({4, 1})}});
  cases.push_back({op, "a scalar on the left", call, {a.input({}), b.input({2, 2})}});
  cases.push_back({op, "a scalar on the right", call, {a.input({2, 2}), b.input({})}});
  cases.push_back({op, "no elements", call, {a.input({0, 3}), b.input({1, 3})}});
  cases.push_back({op, "an input used twice", [f](const Inputs& in) { return f(f(in[0], in[1]), in[1]); },
      {a.input({3}), b.input({3})}});
}

// An op that stands only in another op's gradient: that gradient is taken inside the case.
Tensor gradient_of(const Unary& f, const Tensor& x, const Tensor& weights) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x, {.output_gradients = {weights}});
}

void add_gradient_op(GradientCases& cases, Op op, const Unary& f, const Domain& x = {}) {
  const auto call = [f](const Inputs& in) { return gradient_of(f, in[0], in[1]); };
  cases.push_back({op, "a matrix", call, {x.input({2, 3}), {{2, 3}}}});
  cases.push_back({op, "a scalar", call, {x.input({}), {{}}}});
  cases.push_back({op, "no elements", call, {x.input({0, 1}), {{0, 1}}}});
  cases.push_back({op, "an input used twice",
      [f](const Inputs& in) { return multiply(gradient_of(f, in[0], in[0]), in[0]); }, {x.input({3})}});
}

void add_arithmetic(GradientCases& cases) {
  const Domain positive{0.5, 2}, apart{-2, 2, 0.05}, nonzero{-2, 2, 0.3};
  add_binary(cases, Op::add, add);
  const auto three = [](const Inputs& in) { return add_n({in[0], in[1], in[0]}); };
  cases.push_back({Op::add_n, "three, one of them twice", three, {{{2, 3}}, {{2, 3}}}});
  cases.push_back({Op::add_n, "scalars", three, {{{}}, {{}}}});
  cases.push_back({Op::add_n, "no elements", three, {{{2, 0}}, {{2, 0}}}});
  cases.push_back({Op::add_n, "one", [](const Inputs& in) { return square(add_n({in[0]})); }, {{{1, 3}}}});
  add_binary(cases, Op::subtract, subtract);
  add_binary(cases, Op::multiply, multiply);
  add_binary(cases, Op::divide, divide, {}, positive);
  add_binary(cases, Op::power, power, positive, {-1.5, 1.5});
  for (const double exponent : {-1.0, 0.5, 1.0, 2.0, 3.0, 2.5})
    cases.push_back({Op::power, "x to the " + std::to_string(exponent),
        [=](const Inputs& in) { return power(in[0], exponent); }, {positive.input({2, 3})}});
  cases.push_back({Op::power, "a square of negative numbers",
      [](const Inputs& in) { return power(in[0], 2); }, {{{4}, -2, -0.5}}});
  add_binary(cases, Op::maximum, maximum, apart, apart);
  add_binary(cases, Op::minimum, minimum, apart, apart);
  add_binary(
      cases, Op::mod, [](const Tensor& a, const Tensor& b) { return mod(a, b); }, {3.1, 3.9}, {1.6, 1.9});
  add_binary(cases, Op::mod, [](const Tensor& a, const Tensor& b) { return mod(negative(a), b); }, {3.4, 3.7},
      {1.75, 1.8});
  add_binary(cases, Op::arctan2, arctan2, positive, nonzero);
  add_binary(cases, Op::logaddexp, logaddexp);
  add_unary(cases, Op::negative, [](const Tensor& x) { return multiply(negative(x), x); });
  add_unary(cases, Op::abs, abs, apart);
  add_unary(
      cases, Op::sign, [](const Tensor& x) { return multiply(sign(x), x); }, apart);
  add_unary(cases, Op::square, square);
  add_unary(cases, Op::sqrt, sqrt, positive);
  add_unary(cases, Op::rsqrt, rsqrt, positive);
  add_unary(cases, Op::reciprocal, reciprocal, positive);
  add_unary(cases, Op::floor, [](const Tensor& x) { return multiply(floor(x), x); }, {1.1, 1.9});
  add_unary(cases, Op::ceil, [](const Tensor& x) { return multiply(ceil(x), x); }, {-1.9, -1.1});
  add_unary(cases, Op::round, [](const Tensor& x) { return multiply(round(x), x); }, {1.6, 2.4});
  add_unary(cases, Op::round, [](const Tensor& x) { return multiply(round(x, 1), x); }, {0.96, 1.04});
  add_unary(
      cases, Op::clip, [](const Tensor& x) { return multiply(clip(x, 0, 5), x); }, apart);
  add_unary(
      cases, Op::clip, [](const Tensor& x) { return multiply(clip(x, -5, 0), x); }, apart);
}

void add_functions(GradientCases& cases) {
  const Domain positive{0.5, 2}, within{-0.8, 0.8}, above_one{1.3, 3};
  add_unary(cases, Op::exp, exp);
  add_unary(cases, Op::expm1, expm1);
  add_unary(cases, Op::log, log, positive);
  add_unary(cases, Op::log1p, log1p, {-0.5, 2});
  add_unary(cases, Op::sin, sin);
  add_unary(cases, Op::cos, cos);
  add_unary(cases, Op::tan, tan, {-1, 1});
  add_unary(cases, Op::arcsin, arcsin, within);
  add_unary(cases, Op::arccos, arccos, within);
  add_unary(cases, Op::arctan, arctan);
  add_unary(cases, Op::sinh, sinh);
  add_unary(cases, Op::cosh, cosh);
  add_unary(cases, Op::tanh, tanh);
  add_gradient_op(cases, Op::tanh_grad, tanh);
  add_unary(cases, Op::arcsinh, arcsinh);
  add_unary(cases, Op::arccosh, arccosh, above_one);
  add_unary(cases, Op::arctanh, arctanh, within);
  add_unary(cases, Op::erf, erf);
  add_unary(cases, Op::lgamma, lgamma, {0.5, 4});
  add_unary(cases, Op::lgamma, lgamma, {-1.7, -1.3});
  add_unary(cases, Op::polygamma, digamma, {0.5, 4});
  add_unary(cases, Op::polygamma, [](const Tensor& x) { return polygamma(2, x); }, {-0.7, -0.3});
}

void add_choices(GradientCases& cases) {
  const Tensor condition = Tensor::from(std::vector<bool>{true, false, false, true, false, true}, {2, 3});
  const auto choose = [=](const Inputs& in) { return where(condition, in[0], in[1]); };
  cases.push_back({Op::where, "equal shapes", [=](const Inputs& in) { return multiply(choose(in), in[0]); },
      {{{2, 3}}, {{2, 3}}}});
  cases.push_back({Op::where, "all three repeated", choose, {{{4, 1, 1}}, {{3}}}});
  cases.push_back({Op::where, "two scalars", choose, {{{}}, {{}}}});
  cases.push_back({Op::where, "no elements",
      [](const Inputs& in) {
    return where(zeros({1, 3}), in[0], in[1]);
                   },
      {{{0, 3}}, {{3}}}});
  cases.push_back({Op::where, "a condition that depends on the input",
      [](const Inputs& in) { return where(greater(in[0], 0), exp(in[0]), add(in[0], 1)); },
      {{{2, 3}, -2, 2, 0.1}}});
  // Differences cannot see through float32's rounding, unless little of the function takes that way.
  cases.push_back({Op::cast, "a small part of the function in the other dtype",
      [](const Inputs& in) {
    const DType other = in[0].dtype() == DType::float64 ? DType::float32 : DType::float64;
    return add(square(in[0]), multiply(cast(cast(in[0], other), in[0].dtype()), 1e-5));
                   },
      {{{2, 3}}}});
}

}  // namespace

GradientCases elementwise_cases() {
  GradientCases cases;
  add_arithmetic(cases);
  add_functions(cases);
  add_choices(cases);
  return cases;
}

}  // namespace xtape::testing
