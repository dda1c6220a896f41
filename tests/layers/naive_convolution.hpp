// Conv1D and Conv1DTranspose once more, as slowly and plainly as can be, to compare the layers with. Nothing here is
// shared with the layers or the kernels: zeros are really put around the input, windows are counted one by one, and
// the transposed convolution writes out all that it reaches and then cuts.
#pragma once
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/shape.hpp>

namespace xtape::testing {

/// (batch, steps, channels) in float64.
struct Sequences {
  Index batch = 0, steps = 0, channels = 0;
  std::vector<double> values = {};

  static Sequences zeros(Index batch, Index steps, Index channels) {
    return {
        batch, steps, channels, std::vector<double>(static_cast<std::size_t>(batch * steps * channels), 0.0)};
  }
  double& at(Index n, Index t, Index c) {
    return values[static_cast<std::size_t>((n * steps + t) * channels + c)];
  }
  double at(Index n, Index t, Index c) const {
    return values[static_cast<std::size_t>((n * steps + t) * channels + c)];
  }
};

struct NaiveConfig {
  Index filters = 1, kernel_size = 1, strides = 1, dilation_rate = 1, groups = 1;
  std::string padding = "valid";
  std::optional<Index> output_padding = {};
};

/// kernel[k][a][b] of a (kernel_size, A, B) weight.
using Kernel = std::function<double(Index k, Index a, Index b)>;

/// Nothing when no window fits.
inline std::optional<Sequences> naive_conv1d(const Sequences& x, const NaiveConfig& c, const Kernel& kernel) {
  const Index reach = (c.kernel_size - 1) * c.dilation_rate + 1;
  Index before = 0, after = 0;
  if (c.padding == "causal") before = reach - 1;
  if (c.padding == "same") {
    Index last = -1;  // the window that covers the last stride starts here
    for (Index start = 0; start < x.steps; start += c.strides) last = start;
    const Index missing = last < 0 ? 0 : std::max<Index>(last + reach - x.steps, 0);
    before = missing / 2;
    after = missing - before;
  }
  Sequences padded = Sequences::zeros(x.batch, before + x.steps + after, x.channels);
  for (Index n = 0; n < x.batch; ++n)
    for (Index t = 0; t < x.steps; ++t)
      for (Index i = 0; i < x.channels; ++i) padded.at(n, before + t, i) = x.at(n, t, i);

  Index windows = 0;
  if (x.steps > 0 || c.padding == "valid")
    for (Index start = 0; start + reach <= padded.steps; start += c.strides) ++windows;
  if (windows == 0 && c.padding == "valid") return std::nullopt;
  Sequences y = Sequences::zeros(x.batch, windows, c.filters);
  const Index group_channels = x.channels / c.groups, group_filters = c.filters / c.groups;
  for (Index n = 0; n < y.batch; ++n)
    for (Index t = 0; t < y.steps; ++t)
      for (Index f = 0; f < y.channels; ++f)
        for (Index k = 0; k < c.kernel_size; ++k)
          for (Index i = 0; i < group_channels; ++i)
            y.at(n, t, f) += kernel(k, i, f) * padded.at(n, t * c.strides + k * c.dilation_rate,
                                                   f / group_filters * group_channels + i);
  return y;
}

/// Nothing when the output would have less than no steps.
inline std::optional<Sequences> naive_conv1d_transpose(
    const Sequences& x, const NaiveConfig& c, const Kernel& kernel) {
  const Index reach = (c.kernel_size - 1) * c.dilation_rate + 1;
  const Index all = (x.steps - 1) * c.strides + reach;  // steps from the first to the last that is written
  const bool same = c.padding == "same";
  Index steps = same ? x.steps * c.strides : std::max(all, x.steps * c.strides);
  if (c.output_padding) steps = (same ? all - reach / 2 * 2 : all) + *c.output_padding;
  if (steps < 0) return std::nullopt;
  const Index cropped = same ? std::max<Index>(all - steps, 0) / 2 : 0;

  Sequences everything = Sequences::zeros(x.batch, std::max<Index>(all, 0), c.filters);
  for (Index n = 0; n < x.batch; ++n)
    for (Index t = 0; t < x.steps; ++t)
      for (Index k = 0; k < c.kernel_size; ++k)
        for (Index f = 0; f < c.filters; ++f)
          for (Index i = 0; i < x.channels; ++i)
            everything.at(n, t * c.strides + k * c.dilation_rate, f) += kernel(k, f, i) * x.at(n, t, i);
  Sequences y = Sequences::zeros(x.batch, steps, c.filters);
  for (Index n = 0; n < x.batch; ++n)
    for (Index t = 0; t < steps && cropped + t < everything.steps; ++t)
      for (Index f = 0; f < c.filters; ++f) y.at(n, t, f) = everything.at(n, cropped + t, f);
  return y;
}

}  // namespace xtape::testing
