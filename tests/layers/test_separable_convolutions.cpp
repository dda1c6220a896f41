// DepthwiseConv1D and SeparableConv1D against the plain convolution of each channel.
#include <doctest/doctest.h>

#include <random>

#include "layers/naive_convolution.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/depthwise_conv1d.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/separable_conv1d.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

Tensor random_input(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

/// z[n, t, c * m + i]: the convolution of channel c with kernel[:, c, i]. Nothing when no window fits.
std::optional<Sequences> naive_depthwise(const Tensor& x, const Tensor& kernel, const NaiveConfig& config) {
  const Index channels = x.dim(2), m = kernel.dim(2);
  std::optional<Sequences> out;
  for (Index c = 0; c < channels; ++c) {
    Sequences alone = Sequences::zeros(x.dim(0), x.dim(1), 1);
    for (Index n = 0; n < x.dim(0); ++n)
      for (Index t = 0; t < x.dim(1); ++t) alone.at(n, t, 0) = x.at({n, t, c});
    for (Index i = 0; i < m; ++i) {
      const auto y = naive_conv1d(alone, config, [&](Index k, Index, Index) { return kernel.at({k, c, i}); });
      if (!y) return {};
      if (!out) out = Sequences::zeros(y->batch, y->steps, channels * m);
      for (Index n = 0; n < y->batch; ++n)
        for (Index t = 0; t < y->steps; ++t) out->at(n, t, c * m + i) = y->at(n, t, 0);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("depthwise and separable convolutions agree with the plain one of each channel") {
  std::mt19937 random(7);
  const auto pick = [&](Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(random);
  };
  for (int round = 0; round < 200; ++round) {
    const bool dilated = pick(0, 1) == 1;
    const NaiveConfig c{.kernel_size = pick(1, 4),
        .strides = dilated ? 1 : pick(1, 3),
        .dilation_rate = dilated ? pick(1, 3) : 1,
        .padding = std::vector<std::string>{"valid", "same", "causal"}[static_cast<std::size_t>(pick(0, 2))]};
    const Index channels = pick(1, 3), m = pick(1, 2), filters = pick(1, 3);
    const Tensor x = random_input({2, pick(1, 9), channels}, static_cast<std::uint64_t>(round));
    CAPTURE(round);
    CAPTURE(c.padding);

    const SeparableConv1D separable({.filters = filters,
        .kernel_size = c.kernel_size,
        .strides = c.strides,
        .padding = c.padding,
        .dilation_rate = c.dilation_rate,
        .depth_multiplier = m,
        .dtype = DType::float64});
    separable.build(Shape{None, None, channels});
    separable.bias().assign(random_input({filters}, 1000));
    const Tensor kernel = separable.depthwise_kernel().current().detached(),
                 mixing = separable.pointwise_kernel().current().detached(),
                 bias = separable.bias().current().detached();
    CHECK(kernel.shape() == Shape{c.kernel_size, channels, m});
    CHECK(mixing.shape() == Shape{1, channels * m, filters});
    const auto z = naive_depthwise(x, kernel, c);
    if (!z) {
      CHECK_THROWS_AS(separable(x), ValueError);
      continue;
    }
    const Tensor y = separable(x);
    REQUIRE(y.shape() == Shape{2, z->steps, filters});
    for (Index n = 0; n < 2; ++n)
      for (Index t = 0; t < z->steps; ++t)
        for (Index f = 0; f < filters; ++f) {
          double expected = bias.at({f});
          for (Index k = 0; k < channels * m; ++k) expected += mixing.at({0, k, f}) * z->at(n, t, k);
          CHECK(y.at({n, t, f}) == doctest::Approx(expected).epsilon(1e-12));
        }

    if (c.padding == "causal") continue;
    const DepthwiseConv1D depthwise({.kernel_size = c.kernel_size,
        .strides = c.strides,
        .padding = c.padding,
        .depth_multiplier = m,
        .dilation_rate = c.dilation_rate,
        .dtype = DType::float64});
    depthwise.build(Shape{None, None, channels});
    depthwise.kernel().assign(kernel);
    const Tensor alone = depthwise(x);
    REQUIRE(alone.shape() == Shape{2, z->steps, channels * m});
    for (Index i = 0; i < alone.size(); ++i)
      CHECK(alone.values<double>()[static_cast<std::size_t>(i)] ==
            doctest::Approx(z->values[static_cast<std::size_t>(i)]).epsilon(1e-12));
  }
}

TEST_CASE("arguments that Keras refuses are refused") {
  CHECK_THROWS_WITH_AS(DepthwiseConv1D({.kernel_size = 3, .depth_multiplier = 0}),
      "ValueError: DepthwiseConv1D: depth_multiplier must be a positive integer (received "
      "depth_multiplier=0)",
      ValueError);
  CHECK_THROWS_AS(DepthwiseConv1D({}), ValueError);
  CHECK_THROWS_AS(DepthwiseConv1D({.kernel_size = 3, .padding = "causal"}), ValueError);
  CHECK_THROWS_AS(DepthwiseConv1D({.kernel_size = 3, .strides = 2, .dilation_rate = 2}), ValueError);
  CHECK_THROWS_AS(SeparableConv1D({.kernel_size = 3}), ValueError);
  CHECK_THROWS_AS(SeparableConv1D({.filters = 1, .kernel_size = {3, 3}}), ValueError);
  CHECK_THROWS_AS(SeparableConv1D({.filters = 1, .kernel_size = 3, .padding = "full"}), ValueError);
  CHECK_THROWS_AS(SeparableConv1D({.filters = 1, .kernel_size = 3}).build(Shape{None, 5, None}), ValueError);
  CHECK(make_layer("SeparableConvolution1D", {{"filters", 1}, {"kernel_size", 2}})->type_name() ==
        "SeparableConv1D");
}
