#include "gradient_cases.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Unary = std::function<Tensor(const Tensor&)>;

// The gradient of f at x, which an op of its own computes.
Tensor gradient_of(const Unary& f, const Tensor& x, const Tensor& weights) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x, {.output_gradients = {weights}});
}

void add_elementwise(GradientCases& cases) {
  const auto twice = [](const Unary& f) {
    return [f](const Inputs& in) { return multiply(f(in[0]), in[0]); };
  };
  cases.push_back({Op::log_cosh, "near 0", [](const Inputs& in) { return log_cosh(in[0]); }, {{{3, 4}}}});
  cases.push_back(
      {Op::log_cosh, "no elements", [](const Inputs& in) { return log_cosh(in[0]); }, {{{0, 4}}}});
  cases.push_back({Op::log_cosh, "far from 0", twice(log_cosh), {{{5}, 3, 9}}});
  const Unary rounded = [](const Tensor& x) { return huber(x, 0.5); };
  cases.push_back({Op::huber, "the square", twice(rounded), {{{3, 4}, -0.45, 0.45}}});
  cases.push_back({Op::huber, "the straight ends", twice(rounded), {{{3, 4}, -2, 2, 0.55}}});
  cases.push_back({Op::huber, "no elements", [=](const Inputs& in) { return rounded(in[0]); }, {{{0}}}});
}

void add_crossentropy(GradientCases& cases) {
  const auto f = [](const Inputs& in) { return sigmoid_crossentropy(in[0], in[1]); };
  const CaseInput truth{{3, 4}, 0.1, 0.9};
  cases.push_back({Op::sigmoid_crossentropy, "a matrix", f, {{{3, 4}}, truth}});
  cases.push_back({Op::sigmoid_crossentropy, "large logits", f, {{{3, 4}, -9, 9}, truth}});
  cases.push_back({Op::sigmoid_crossentropy, "no elements", f, {{{0, 2}}, {{0, 2}}}});
  cases.push_back({Op::sigmoid_crossentropy_grad, "in g, x and z",
      [](const Inputs& in) {
    return gradient_of([&](const Tensor& x) { return sigmoid_crossentropy(x, in[1]); }, in[0], in[2]);
                   },
      {{{3, 4}}, truth, {{3, 4}}}});
}

void add_ctc(GradientCases& cases) {
  // Labels that repeat, a row that is shorter, and one without labels.
  const auto integers = [](const std::vector<std::int64_t>& values) { return Tensor::from(values); };
  const Tensor labels = integers({1, 1, 2, 3, 2, 0, 0, 0, 0}).view_as({3, 3});
  const Tensor label_lengths = integers({3, 2, 0}), input_lengths = integers({5, 4, 2});
  const CaseInput log_p{{3, 5, 4}, -3, -0.2};
  const Unary f = [=](const Tensor& x) {
    return ctc_loss(x, labels, label_lengths, {.input_lengths = input_lengths});
  };
  const Tensor too_short = integers({3, 4, 2});
  const Unary half_impossible = [=](const Tensor& x) {  // "1 1 2" takes four steps
    return minimum(ctc_loss(x, labels, label_lengths, {.input_lengths = too_short}), 1e6);
  };
  const Tensor other_labels = integers({1, 0, 2, 1}).view_as({2, 2}), two = integers({2, 2});
  const Unary last_is_blank = [=](const Tensor& x) { return ctc_loss(x, other_labels, two, {.blank = 3}); };
  cases.push_back(
      {Op::ctc_loss, "lengths of their own", [=](const Inputs& in) { return f(in[0]); }, {log_p}});
  cases.push_back({Op::ctc_loss, "too few steps for one sample",
      [=](const Inputs& in) { return half_impossible(in[0]); }, {log_p}});
  cases.push_back({Op::ctc_loss, "the last class is blank",
      [=](const Inputs& in) { return last_is_blank(in[0]); }, {{{2, 3, 4}, -3, -0.2}}});
  const Tensor one = integers({1});
  cases.push_back({Op::ctc_loss, "one step, one label",
      [=](const Inputs& in) {
    return ctc_loss(in[0], one.view_as({1, 1}), one);
                   },
      {{{1, 1, 2}, -3, -0.2}}});
  cases.push_back({Op::ctc_loss_grad, "in g and in the probabilities",
      [=](const Inputs& in) { return gradient_of(f, in[0], in[1]); }, {log_p, {{3}}}});
}

}  // namespace

GradientCases losses_cases() {
  GradientCases cases;
  add_elementwise(cases);
  add_crossentropy(cases);
  add_ctc(cases);
  return cases;
}

}  // namespace xtape::testing
