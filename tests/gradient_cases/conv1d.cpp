#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

/// One geometry, for which the three ops of the family make a case each.
struct Geometry {
  std::string name;
  Index batch, x_steps, channels, kernel_size, y_steps, filters;
  Index strides = 1, dilation = 1, left = 0, groups = 1;
};

const std::vector<Geometry> geometries{
    {"valid", 2, 6, 3, 3, 4, 2},
    {"stride 2, a step left over", 2, 8, 2, 3, 3, 3, 2},
    {"stride 3, zeros on both sides", 1, 7, 2, 4, 3, 2, 3, 1, 1},
    {"dilation 2, causal", 2, 6, 1, 3, 6, 2, 1, 2, 4},
    {"stride 2 and dilation 3", 1, 9, 2, 3, 4, 1, 2, 3, 2},
    {"stride beyond the kernel, cropped", 1, 11, 1, 2, 3, 2, 4, 1, -2},
    {"two groups", 2, 5, 4, 3, 5, 6, 1, 1, 1, 2},
    {"depthwise", 1, 5, 3, 2, 4, 3, 1, 1, 0, 3},
    {"one step, one channel", 1, 1, 1, 1, 1, 1},
    {"windows beyond both ends", 1, 2, 1, 2, 7, 1, 1, 1, 3},
    {"no samples", 0, 5, 2, 3, 3, 2},
    {"no steps of y", 2, 2, 2, 3, 0, 2},
    {"no channels", 2, 4, 0, 2, 3, 2},
    {"no taps", 1, 4, 2, 0, 4, 2},
};

}  // namespace

GradientCases conv1d_cases() {
  GradientCases cases;
  for (const Geometry& z : geometries) {
    const CaseInput x{{z.batch, z.x_steps, z.channels}}, w{{z.kernel_size, z.channels / z.groups, z.filters}},
        y{{z.batch, z.y_steps, z.filters}};
    cases.push_back({Op::conv1d, z.name,
        [z](const Inputs& in) {
      return conv1d(in[0], in[1], {z.strides, z.dilation, z.left, z.y_steps, z.groups});
                     },
        {x, w}});
    cases.push_back({Op::conv1d_transpose, z.name,
        [z](const Inputs& in) {
      return conv1d_transpose(in[0], in[1], {z.strides, z.dilation, z.left, z.x_steps, z.groups});
                     },
        {y, w}});
    cases.push_back({Op::conv1d_kernel_grad, z.name,
        [z](const Inputs& in) {
      return conv1d_kernel_grad(in[0], in[1], {z.strides, z.dilation, z.left, z.kernel_size, z.groups});
                     },
        {x, y}});
  }
  cases.push_back({Op::conv1d, "an input used twice",
      [](const Inputs& in) { return conv1d(in[0], in[0], {.left = 1, .y_steps = 3}); }, {{{3, 3, 3}}}});
  cases.push_back({Op::conv1d_transpose, "an input used twice",
      [](const Inputs& in) { return conv1d_transpose(in[0], in[0], {.strides = 2}); }, {{{2, 3, 2}}}});
  cases.push_back({Op::conv1d_kernel_grad, "an input used twice",
      [](const Inputs& in) {
    return conv1d_kernel_grad(in[0], square(in[0]), {.left = 1, .kernel_size = 3});
                   },
      {{{2, 4, 2}}}});
  return cases;
}

}  // namespace xtape::testing
