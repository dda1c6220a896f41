#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/pooling.hpp>
#include <xtape/core/tape.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;
using Pool = Tensor (*)(const Tensor&, const Pool1DOptions&);

struct Windows {
  std::string name;
  Shape x, y;
  Pool1DOptions options;
};

const std::vector<Windows> windows{
    {"windows side by side", {2, 6, 3}, {2, 3, 3}, {}},
    {"overlapping windows, a step left over", {1, 8, 2}, {1, 3, 2}, {.pool_size = 3, .strides = 2}},
    {"same", {2, 5, 2}, {2, 3, 2}, {.pool_size = 3, .strides = 2, .padding = "same"}},
    {"same, windows wider than x", {1, 3, 2}, {1, 3, 2}, {.pool_size = 9, .strides = 1, .padding = "same"}},
    {"gaps between windows", {1, 7, 1}, {1, 2, 1}, {.pool_size = 2, .strides = 4}},
    {"one step", {2, 1, 1}, {2, 1, 1}, {.pool_size = 1}},
    {"no samples", {0, 4, 2}, {0, 2, 2}, {}},
    {"no channels", {2, 4, 0}, {2, 2, 0}, {}},
};

/// The gradient of a pooling as a function of g, for the op that computes it.
Tensor pulled_back(Pool pool, const Tensor& x, const Tensor& g, const Pool1DOptions& options) {
  GradientTape tape;
  tape.watch(x);
  return tape.gradient(pool(x, options), x, {.output_gradients = {g}});
}

}  // namespace

GradientCases pooling_cases() {
  GradientCases cases;
  for (const Windows& w : windows) {
    const CaseInput x{w.x, -2, 2, 0.02}, g{w.y};
    cases.push_back(
        {Op::max_pool1d, w.name, [w](const Inputs& in) { return max_pool1d(in[0], w.options); }, {x}});
    cases.push_back({Op::average_pool1d, w.name,
        [w](const Inputs& in) { return average_pool1d(in[0], w.options); }, {x}});
    cases.push_back({Op::max_pool1d_grad, w.name,
        [w](const Inputs& in) { return pulled_back(max_pool1d, in[0], in[1], w.options); }, {x, g}});
    cases.push_back({Op::average_pool1d_grad, w.name,
        [w](const Inputs& in) { return pulled_back(average_pool1d, in[0], in[1], w.options); }, {x, g}});
  }
  cases.push_back({Op::max_pool1d, "an input used twice",
      [](const Inputs& in) { return multiply(max_pool1d(in[0]), average_pool1d(in[0])); },
      {{{2, 4, 2}, -2, 2, 0.02}}});
  return cases;
}

}  // namespace xtape::testing
