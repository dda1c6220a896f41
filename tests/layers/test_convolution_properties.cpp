// Thousands of configurations of Conv1D and Conv1DTranspose against loops that share no code with them.
#include <doctest/doctest.h>

#include <cmath>

#include "layers/naive_convolution.hpp"
#include "property.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

/// What is drawn: a layer's arguments and the size of its input.
struct Drawn {
  NaiveConfig config;
  Index batch, steps, channels;
  bool channels_first, use_bias;
  std::uint64_t seed;

  friend std::ostream& operator<<(std::ostream& out, const Drawn& d) {
    out << "filters=" << d.config.filters << " kernel_size=" << d.config.kernel_size
        << " strides=" << d.config.strides << " dilation_rate=" << d.config.dilation_rate
        << " groups=" << d.config.groups << " padding=" << d.config.padding << " output_padding=";
    if (d.config.output_padding) out << *d.config.output_padding;
    return out << " batch=" << d.batch << " steps=" << d.steps << " channels=" << d.channels
               << (d.channels_first ? " channels_first" : "") << (d.use_bias ? " bias" : "");
  }
};

Drawn draw_any(const Draw& draw, bool transpose) {
  Drawn d;
  NaiveConfig& c = d.config;
  c.kernel_size = draw.number(1, 9);
  c.strides = draw.number(1, 5);
  c.dilation_rate = c.strides == 1 ? draw.number(1, 4) : 1;
  const Index padding = draw.number(0, transpose ? 1 : 2);
  c.padding = padding == 0 ? "valid" : padding == 1 ? "same" : "causal";
  if (transpose && draw.coin()) c.output_padding = draw.number(0, c.strides - 1);
  c.groups = transpose ? 1 : draw.number(1, 3);
  c.filters = c.groups * draw.number(1, 3);
  d.channels = c.groups * draw.number(1, 3);
  d.batch = draw.number(0, 3);
  d.steps = draw.number(0, 13);
  d.channels_first = draw.coin();
  d.use_bias = draw.coin();
  d.seed = static_cast<std::uint64_t>(draw.number(0, 1000));
  return d;
}

Tensor random(const Shape& shape, std::uint64_t seed) {
  return random_uniform(shape, -1, 1, {.key = RandomKey{.seed = seed}, .dtype = DType::float64});
}

Kernel kernel_of(const Tensor& w) {
  return [w](Index k, Index a, Index b) { return w.at({k, a, b}); };
}

/// "" when both have the same numbers, up to rounding.
std::string difference(const char* what, const Tensor& actual, const Sequences& expected) {
  if (actual.shape() != Shape{expected.batch, expected.steps, expected.channels})
    return concat(what, " has shape ", actual.shape(), ", expected steps ", expected.steps);
  const auto values = actual.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::abs(values[i] - expected.values[i]) > 1e-12 * std::max(1.0, std::abs(expected.values[i])))
      return concat(what, "[", i, "] is ", values[i], ", expected ", expected.values[i]);
  return "";
}

/// The layer without its bias is linear in x and in the kernel, so <y, g>, <x, dx> and <kernel, dkernel> are one number.
std::string gradient_difference(
    GradientTape& tape, const Layer& layer, const Tensor& x, const Tensor& y, bool bias) {
  const Tensor g = random(y.shape(), 99);
  const auto grads = tape.gradient(std::vector<Tensor>{y}, {x, layer.weight("kernel").current()},
      {.output_gradients = {g}, .unconnected_gradients = UnconnectedGradients::zero});
  const auto inner = [](const Tensor& a, const Tensor& b) { return sum(multiply(a, b)).item(); };
  const double by_x = inner(x, grads[0]), by_w = inner(layer.weight("kernel").current(), grads[1]);
  const double scale = 1e-11 * std::max(1.0, std::abs(by_x));
  if (std::abs(by_x - by_w) > scale) return concat("<x, dx> is ", by_x, ", <kernel, dkernel> is ", by_w);
  if (!bias && std::abs(by_x - inner(y, g)) > scale)
    return concat("<x, dx> is ", by_x, ", <y, g> is ", inner(y, g));
  return "";
}

template <class L, class Naive>
std::string compare(const Drawn& d, const L& layer, const Naive& naive) {
  const Tensor last = random({d.batch, d.steps, d.channels}, d.seed);
  const Tensor x = d.channels_first ? swapaxes(last, 1, 2) : last;
  const Sequences input{d.batch, d.steps, d.channels, last.template to_vector<double>()};
  Tensor y, kernel;
  std::string error;
  GradientTape tape;
  tape.watch(x);
  try {
    y = layer(x);
    kernel = layer.weight("kernel").current();
  } catch (const ValueError& refused) {
    error = refused.what();
  }
  if (!y) {  // the loop does not need the numbers to say that nothing comes out
    const auto nothing = naive(input, d.config, [](Index, Index, Index) { return 0.0; });
    return nothing ? error : "";
  }
  auto expected = naive(input, d.config, kernel_of(kernel));
  if (!expected) return concat("expected a ValueError, got shape ", y.shape());
  if (layer.compute_output_shape(x.shape()) != y.shape())
    return concat("compute_output_shape gives ", layer.compute_output_shape(x.shape()), " for ", y.shape());
  if (d.use_bias)
    for (std::size_t i = 0; i < expected->values.size(); ++i)
      expected->values[i] +=
          layer.weight("bias").current().to_vector()[i % static_cast<std::size_t>(d.config.filters)];
  const Tensor y_last = d.channels_first ? swapaxes(y, 1, 2) : y;
  if (auto wrong = difference("y", y_last, *expected); !wrong.empty()) return wrong;
  return gradient_difference(tape, layer, x, y, d.use_bias);
}

template <class Config>
Config common(const Drawn& d) {
  Config c;
  c.filters = d.config.filters;
  c.kernel_size = d.config.kernel_size;
  c.strides = d.config.strides;
  c.dilation_rate = d.config.dilation_rate;
  c.padding = d.config.padding;
  c.data_format = d.channels_first ? "channels_first" : "channels_last";
  c.use_bias = d.use_bias;
  c.bias_initializer = "random_normal";
  c.name = "layer";
  c.dtype = DType::float64;
  return c;
}

}  // namespace

TEST_CASE("Conv1D answers what a naive loop answers, whatever its arguments") {
  check_property("Conv1D is the naive loop", 3000, [](const Draw& draw) -> std::string {
    const Drawn d = draw_any(draw, false);
    auto config = common<Conv1D::Config>(d);
    config.groups = d.config.groups;
    const std::string wrong = compare(d, Conv1D(config), naive_conv1d);
    return wrong.empty() ? "" : concat(d, ": ", wrong);
  });
}

TEST_CASE("Conv1DTranspose answers what a naive loop answers, whatever its arguments") {
  check_property("Conv1DTranspose is the naive loop", 3000, [](const Draw& draw) -> std::string {
    const Drawn d = draw_any(draw, true);
    auto config = common<Conv1DTranspose::Config>(d);
    if (d.config.output_padding) config.output_padding = *d.config.output_padding;
    const std::string wrong = compare(d, Conv1DTranspose(config), naive_conv1d_transpose);
    return wrong.empty() ? "" : concat(d, ": ", wrong);
  });
}
