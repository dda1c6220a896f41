#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/core/tape.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

struct Normalized {
  std::string name;
  Shape x;
  NormalizeOptions options;
  Shape scale, offset;
};

const std::vector<Normalized> samples{
    {"columns", {5, 3}, {.axes = 0}, {3}, {1, 3}},
    {"columns of a batch of sequences", {2, 4, 3}, {.axes = {0, 1}, .epsilon = 0.1}, {1, 1, 3}, {1, 1, 3}},
    {"rows", {3, 5}, {.axes = 1}, {5}, {1, 5}},
    {"rows of two axes", {3, 2, 3}, {.axes = {1, 2}}, {2, 3}, {2, 3}},
    {"everything", {4, 2}, {.axes = {}}, {1, 1}, {1, 1}},
    {"an axis in the middle, scaled along it", {2, 4, 3}, {.axes = 1}, {4, 1}, {1, 4, 1}},
    {"axes around one that is kept", {3, 2, 3}, {.axes = {0, 2}}, {1, 2, 1}, {2, 1}},
    {"a number for each row", {3, 4}, {.axes = 1}, {3, 1}, {3, 1}},
    {"root mean square of rows", {3, 5}, {.axes = -1, .centered = false}, {5}, {5}},
    {"root mean square of columns", {5, 3}, {.axes = 0, .centered = false}, {3}, {3}},
    {"no rows", {0, 3}, {.axes = 1}, {3}, {3}},
};

Tensor with(
    const NormalizeOptions& options, const Tensor& x, const Tensor& scale, const Tensor& offset = {}) {
  NormalizeOptions o = options;
  o.scale = scale;
  o.offset = offset;
  return normalize(x, o);
}

/// The gradient of x or of the scale as a function of g, for the ops that compute it.
Tensor pulled_back(const Normalized& s, const Inputs& in, std::size_t source) {
  GradientTape tape;
  tape.watch(in[source]);
  return tape.gradient(with(s.options, in[0], in[1]), in[source], {.output_gradients = {in[2]}});
}

}  // namespace

GradientCases normalize_cases() {
  GradientCases cases;
  for (const Normalized& s : samples) {
    cases.push_back(
        {Op::normalize, s.name, [s](const Inputs& in) { return with(s.options, in[0], in[1], in[2]); },
            {{s.x}, {s.scale}, {s.offset}}});
    cases.push_back({Op::normalize, s.name + ", neither scale nor offset",
        [s](const Inputs& in) { return normalize(in[0], s.options); }, {{s.x}}});
    cases.push_back({Op::normalize_grad, s.name, [s](const Inputs& in) { return pulled_back(s, in, 0); },
        {{s.x}, {s.scale}, {s.x}}});
  }
  for (const Normalized& s : {samples[0], samples[1], samples[2], samples[3], samples[8], samples[9]})
    cases.push_back({Op::normalize_scale_grad, s.name,
        [s](const Inputs& in) { return pulled_back(s, in, 1); }, {{s.x}, {s.scale}, {s.x}}});
  cases.push_back({Op::normalize, "an input used twice",
      [](const Inputs& in) { return normalize(in[0], {.axes = 1, .scale = in[0], .offset = in[0]}); },
      {{{3, 4}}}});
  return cases;
}

}  // namespace xtape::testing
