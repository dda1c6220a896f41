// Lesson 3: strides, views and the three convolution kernels, from naive loops up.
//
// A convolution slides a window over time and asks at each stop how well the signal matches a pattern. For one sample with
// x (steps, channels), patterns w (taps, channels, filters), and s steps from one stop to the next:
//
//     y[t, f] = sum over k, c of  x[t*s + k, c] * w[k, c, f]
//
// Multiply by any y and add everything up, and x, w and y play the same part in one number:
//
//     <x, w, y> = sum over t, k, c, f of  x[t*s + k, c] * w[k, c, f] * y[t, f]
//
// The convolution is what stands beside y in it; what stands beside x is the gradient of x, and what stands beside w is
// the gradient of w. Three kernels, one loop.
//
// How to make the loop fast: memory is one row of numbers. Entry (t, c) of x lies at t*channels + c; the 1 and the channels
// are x's strides. A view is the same memory read with other strides. The window at stop t is taps*channels numbers in one
// piece, beginning at t*s*channels: so all windows together are a matrix with overlapping rows, of stride s*channels, and
// the convolution is one matrix product. Nothing is copied.
#include <chrono>
#include <cmath>
#include <iostream>
#include <stdexcept>

#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>

using namespace xtape;

namespace {

void expect(bool condition, const char* what) {
  std::cout << (condition ? "  true: " : "  FALSE: ") << what << '\n';
  if (!condition) throw std::logic_error(what);
}

constexpr Index steps = 400, channels = 16, taps = 7, filters = 32, s = 2;
constexpr Index stops = (steps - taps) / s + 1;

/// The naive loops. For every product in <x, w, y>, add(out, i, j, o) is told its places in x, w and y.
template <class Add>
Tensor loops(const Shape& shape, Add add) {
  const Tensor out = zeros(shape, DType::float64);
  for (Index t = 0; t < stops; ++t)
    for (Index k = 0; k < taps; ++k)
      for (Index c = 0; c < channels; ++c)
        for (Index f = 0; f < filters; ++f)
          add(out.mutable_data<double>(), (t * s + k) * channels + c, (k * channels + c) * filters + f,
              t * filters + f);
  return out;
}

/// Computes, says how long it took, and compares with the reference.
template <class Compute>
Tensor timed(const char* name, const Tensor& reference, Compute compute) {
  const auto start = std::chrono::steady_clock::now();
  const Tensor result = compute();
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  std::cout << name << ": " << std::lround(time.count()) << " microseconds\n";
  if (reference)
    expect(
        max(abs(reshape(result, reference.shape()) - reference)).item() < 1e-9, "equal to the naive loops");
  return result;
}

}  // namespace

int main() {
  const DType f64 = DType::float64;
  set_random_seed(1);
  const Tensor x = random_normal({steps, channels}, 0, 1, {.dtype = f64});
  const Tensor w = random_normal({taps, channels, filters}, 0, 1, {.dtype = f64});
  const double *px = x.data<double>(), *pw = w.data<double>();

  std::cout << "1. the convolution\n";
  const Tensor y = timed("naive loops", {}, [&] {
    return loops({stops, filters}, [&](double* out, Index i, Index j, Index o) { out[o] += px[i] * pw[j]; });
  });
  timed("one matrix product a tap", y, [&] {
    Tensor out = zeros({stops, filters}, f64);
    for (Index k = 0; k < taps; ++k)  // the steps that tap k sees: every s-th, beginning at k
      out = out + matmul(view(x, range(k, k + s * (stops - 1) + 1, s)), view(w, k));
    return out;
  });
  timed("one product with the windows", y, [&] {
    std::vector<double> windows;  // copied here, for matmul to read; the library reads them in place
    for (Index t = 0; t < stops; ++t)
      windows.insert(windows.end(), px + t * s * channels, px + (t * s + taps) * channels);
    return matmul(Tensor::from(windows, {stops, taps * channels}), reshape(w, {taps * channels, filters}));
  });
  const Tensor batch_x = expand_dims(x, 0), batch_y = expand_dims(y, 0);
  timed("conv1d", y, [&] { return conv1d(batch_x, w, {.strides = s}); });

  std::cout << "2. what stands beside x: conv1d_transpose\n";
  const double* py = y.data<double>();
  const Tensor dx = timed("naive loops", {}, [&] {
    return loops(x.shape(), [&](double* out, Index i, Index j, Index o) { out[i] += pw[j] * py[o]; });
  });
  timed(
      "conv1d_transpose", dx, [&] { return conv1d_transpose(batch_y, w, {.strides = s, .x_steps = steps}); });

  std::cout << "3. what stands beside w: conv1d_kernel_grad\n";
  const Tensor dw = timed("naive loops", {}, [&] {
    return loops(w.shape(), [&](double* out, Index i, Index j, Index o) { out[j] += px[i] * py[o]; });
  });
  timed("conv1d_kernel_grad", dw,
      [&] { return conv1d_kernel_grad(batch_x, batch_y, {.strides = s, .kernel_size = taps}); });

  const double by_x = sum(x * dx).item(), by_w = sum(w * dw).item(), by_y = sum(y * y).item();
  std::cout << "<x, dx> = " << by_x << ", <w, dw> = " << by_w << ", <y, y> = " << by_y << '\n';
  expect(std::abs(by_x - by_y) < 1e-9 * by_y && std::abs(by_w - by_y) < 1e-9 * by_y,
      "it is one number, <x, w, y>");
}
