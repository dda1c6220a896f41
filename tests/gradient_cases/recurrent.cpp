#include <xtape/core/ops/recurrent.hpp>

#include "gradient_cases.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/matmul.hpp>

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Op2 = Tensor (*)(const Tensor&, const Tensor&);

void add_lstm(GradientCases& cases, Op op, Op2 f) {
  const auto call = [f](const Inputs& in) { return f(in[0], in[1]); };
  for (const Index units : {1, 3, 9})
    cases.push_back({op, std::to_string(units) + " units", call, {{{2, 4 * units}}, {{2, units}}}});
  cases.push_back({op, "no samples", call, {{{0, 8}}, {{0, 2}}}});
  cases.push_back({op, "sums that depend on the memory",
      [f](const Inputs& in) {
    return f(concatenate({in[0], in[0], in[0], in[0]}), in[0]);
                   },
      {{{2, 3}}}});
}

}  // namespace

GradientCases recurrent_cases() {
  GradientCases cases;
  add_lstm(cases, Op::lstm_carry, lstm_carry);
  add_lstm(cases, Op::lstm_output, lstm_output);

  const auto gru = [](const Inputs& in) { return gru_output(in[0], in[1], in[2]); };
  for (const Index units : {1, 3, 9})
    cases.push_back({Op::gru_output, std::to_string(units) + " units", gru,
        {{{2, 3 * units}}, {{2, 3 * units}}, {{2, units}}}});
  cases.push_back({Op::gru_output, "no samples", gru, {{{0, 6}}, {{0, 6}}, {{0, 2}}}});
  cases.push_back({Op::gru_output, "one tensor for both sums",
      [](const Inputs& in) { return gru_output(in[0], in[0], in[1]); }, {{{2, 6}}, {{2, 2}}}});

  // Sequences: gradients of parts and of weights used at each step, which are added in place.
  cases.push_back({Op::gru_output, "two steps",
      [](const Inputs& in) {
    Tensor h = in[2];
    for (const Tensor& x : unstack(in[0])) h = gru_output(x, matmul(h, in[1]), h);
    return h;
                   },
      {{{2, 2, 6}}, {{2, 6}}, {{2, 2}}}});
  cases.push_back({Op::lstm_carry, "three steps, the last one twice",
      [](const Inputs& in) {
    auto x = unstack(in[0]);
    x.push_back(x.back());
    Tensor h = in[2], c = in[2];
    for (const Tensor& x_t : x) {
      const Tensor sums = add(x_t, matmul(h, in[1]));
      c = lstm_carry(sums, c);
      h = lstm_output(sums, c);
    }
    return add(h, c);
                   },
      {{{3, 2, 4}}, {{1, 4}}, {{2, 1}}}});
  return cases;
}

}  // namespace xtape::testing
