// Lesson 4: why a transposed convolution is the adjoint, and what same, output_padding and crop do.
//
// For a fixed kernel a convolution is linear: y = C x with a matrix C whose rows are the kernel, each shifted by the
// stride. Its gradient in x is C'u, as for any matrix. C' turns short signals into long ones, which is what a decoder
// wants, so it became a layer: conv1d_transpose, y -> C'y. Each y[t] is spread, weighted by the kernel, over the steps that
// it was gathered from:
//
//     C = 1 2 3 0 0        C'y = y0 (1 2 3 0 0)        kernel 1 2 3, stride 2, 5 steps to 2
//         0 0 1 2 3            + y1 (0 0 1 2 3)
//
// It is not the inverse: C'C x is not x. It is the adjoint, <C x, y> = <x, C'y>, and so each is the other's gradient.
//
// How long is C'y? A convolution with stride 2 takes 5 steps to 2, and 6 steps too (the last one is left over). Going back,
// somebody has to say which: that is output_padding. "valid" spreads over (L - 1) s + k steps and adds output_padding
// zeros. "same" wants the length to be L s: the spread signal is cropped, half of what is too much at the left, rounded down,
// and the rest at the right. A crop at the left is the left padding of the convolution whose adjoint it is.
#include <iostream>
#include <stdexcept>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>

using namespace xtape;

namespace {

void expect(bool condition, const char* what) {
  std::cout << (condition ? "  true: " : "  FALSE: ") << what << '\n';
  if (!condition) throw std::logic_error(what);
}

using Numbers = std::vector<double>;

/// One channel, one sample: a list of numbers as (1, steps, 1), and back.
Tensor signal(const Tensor& values) { return reshape(values, {1, -1, 1}); }
Tensor flat(const Tensor& t) { return reshape(t, {-1}); }

const Tensor kernel = reshape(Tensor{1.0, 2.0, 3.0}, {3, 1, 1});
constexpr Index s = 2, k = 3;

Tensor convolve(const Tensor& x, Index left = 0, Index stops = None) {
  return flat(conv1d(signal(x), kernel, {.strides = s, .left = left, .y_steps = stops}));
}
Tensor spread(const Tensor& y, Index length, Index left = 0) {
  return flat(conv1d_transpose(signal(y), kernel, {.strides = s, .left = left, .x_steps = length}));
}

void the_adjoint() {
  const Tensor x = {1.0, -1.0, 2.0, 0.0, 5.0}, y = {1.0, 10.0};
  const Tensor C = jacobian([](const Tensor& t) { return convolve(t); })(x);
  std::cout << "C =\n" << C << '\n';
  expect(convolve(x).to_vector() == matmul(C, x).to_vector(), "the convolution is a matrix product");
  std::cout << "C'y = " << spread(y, 5) << '\n';
  expect(
      spread(y, 5).to_vector() == matmul(transpose(C), y).to_vector(), "its transpose is conv1d_transpose");
  expect(sum(convolve(x) * y).item() == sum(x * spread(y, 5)).item(), "<Cx, y> = <x, C'y>");
  expect(spread(convolve(x), 5).to_vector() != x.to_vector(), "but C'C is not the identity");

  const auto gradient_of_convolution = vjp([](const Tensor& t) { return convolve(t); }, x, y).derivative;
  const auto gradient_of_spread = vjp([](const Tensor& t) { return spread(t, 5); }, y, x).derivative;
  expect(gradient_of_convolution.to_vector() == spread(y, 5).to_vector(), "the gradient of C is C'");
  expect(gradient_of_spread.to_vector() == convolve(x).to_vector(), "and the gradient of C' is C");
}

void lengths() {
  const Tensor five = ones({5}), six = ones({6}), y = {1.0, 10.0};
  expect(convolve(five).size() == 2 && convolve(six).size() == 2, "5 steps become 2, and 6 steps as well");
  for (Index output_padding = 0; output_padding < s; ++output_padding)
    std::cout << "output_padding " << output_padding << ": " << spread(y, (2 - 1) * s + k + output_padding)
              << '\n';
  expect(
      spread(y, 5).to_vector() == Numbers{1, 2, 13, 20, 30}, "each y is spread over three steps, one shared");
  expect(
      spread(y, 6).to_vector() == Numbers{1, 2, 13, 20, 30, 0}, "the step that was left over gets nothing");
}

void same() {
  const Tensor y = {1.0, 10.0};
  const Index length = 2 * s, too_much = (2 - 1) * s + k - length, left = too_much / 2;
  std::cout << "same: " << spread(y, length, left) << ", cropped by " << left << " at the left and "
            << too_much - left << " at the right\n";
  expect(spread(y, length, left).to_vector() == Numbers{1, 2, 13, 20},
      "4 = 2 strides: the last step is cropped");
  std::cout << "one more at the left: " << spread(y, length, 1) << '\n';
  expect(spread(y, length, 1).to_vector() == Numbers{2, 13, 20, 30}, "a crop at the left shifts the signal");

  const Tensor x = {1.0, -1.0, 2.0, 4.0};
  const Tensor padded_at_both_ends = convolve(x, left, 2);
  expect(sum(padded_at_both_ends * y).item() == sum(x * spread(y, length, left)).item(),
      "cropping is the adjoint of padding with zeros");
}

}  // namespace

int main() {
  the_adjoint();
  lengths();
  same();
}
