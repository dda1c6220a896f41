#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

/// A random member of the family: sizes, geometry and the three arguments.
struct Form {
  Index batch, x_steps, channels, kernel_size, y_steps, filters, strides, dilation, left, groups;
  Tensor x, w, y;

  explicit Form(std::mt19937& random) {
    groups = pick(random, 1, 3);
    batch = pick(random, 0, 3);
    channels = groups * pick(random, 0, 3);
    filters = groups * pick(random, 0, 3);
    kernel_size = pick(random, 0, 5);
    x_steps = pick(random, 0, 14);
    y_steps = pick(random, 0, 9);
    strides = pick(random, 1, 4);
    dilation = pick(random, 1, 4);
    left = pick(random, -4, 8);
    x = random_tensor({batch, x_steps, channels}, random);
    w = random_tensor({kernel_size, channels / groups, filters}, random);
    y = random_tensor({batch, y_steps, filters}, random);
  }
  Tensor conv() const { return conv1d(x, w, {strides, dilation, left, y_steps, groups}); }
  Tensor transpose() const { return conv1d_transpose(y, w, {strides, dilation, left, x_steps, groups}); }
  Tensor kernel_grad() const {
    return conv1d_kernel_grad(x, y, {strides, dilation, left, kernel_size, groups});
  }

  /// The form itself, straight from its definition.
  double value() const {
    double total = 0;
    const Index per_group = channels / groups;
    for (Index n = 0; n < batch; ++n)
      for (Index t = 0; t < y_steps; ++t)
        for (Index k = 0; k < kernel_size; ++k)
          for (Index f = 0; f < filters; ++f) {
            const Index step = t * strides + k * dilation - left, group = f / (filters / groups);
            if (step < 0 || step >= x_steps) continue;
            for (Index c = 0; c < per_group; ++c)
              total += x.at({n, step, group * per_group + c}) * w.at({k, c, f}) * y.at({n, t, f});
          }
    return total;
  }
};

}  // namespace

TEST_CASE("the three ops are one trilinear form, for any sizes, strides, dilations, crops and groups") {
  std::mt19937 random(7);
  int both_above_one = 0;
  for (int round = 0; round < 600; ++round) {
    const Form form(random);
    CAPTURE(round);
    both_above_one += form.strides > 1 && form.dilation > 1;
    const double value = form.value(), tolerance = 1e-12 * (1 + std::abs(value));
    CHECK(std::abs(inner(form.conv(), form.y) - value) <= tolerance);
    CHECK(std::abs(inner(form.transpose(), form.x) - value) <= tolerance);
    CHECK(std::abs(inner(form.kernel_grad(), form.w) - value) <= tolerance);
  }
  CHECK(both_above_one > 200);
}

TEST_CASE("float32 agrees with float64") {
  std::mt19937 random(8);
  for (int round = 0; round < 100; ++round) {
    const Form form(random);
    CAPTURE(round);
    Form narrow = form;
    narrow.x = cast(form.x, DType::float32);
    narrow.w = cast(form.w, DType::float32);
    narrow.y = cast(form.y, DType::float32);
    CHECK(narrow.conv().dtype() == DType::float32);
    CHECK(close(narrow.conv(), form.conv(), 1e-5));
    CHECK(close(narrow.transpose(), form.transpose(), 1e-5));
    CHECK(close(narrow.kernel_grad(), form.kernel_grad(), 1e-5));
  }
}

TEST_CASE("conv1d computes what can be computed by hand") {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4, 5}, {1, 5, 1}),
               w = Tensor::from<double>({1, 10, 100}, {3, 1, 1});
  CHECK(conv1d(x, w).to_vector() == std::vector<double>{321, 432, 543});
  CHECK(conv1d(x, w, {.strides = 2}).to_vector() == std::vector<double>{321, 543});
  CHECK(conv1d(x, w, {.dilation = 2}).to_vector() == std::vector<double>{531});
  CHECK(conv1d(x, w, {.left = 1, .y_steps = 5}).to_vector() == std::vector<double>{210, 321, 432, 543, 54});
  CHECK(conv1d(x, w, {.left = 2}).to_vector() == std::vector<double>{100, 210, 321, 432, 543});
  CHECK(conv1d(x, w, {.left = -2}).to_vector() == std::vector<double>{543});
  CHECK(conv1d_transpose(conv1d(x, w), w).shape() == x.shape());
  CHECK(conv1d_transpose(Tensor::from<double>({1, 2}, {1, 2, 1}), w, {.strides = 2}).to_vector() ==
        std::vector<double>{1, 10, 102, 20, 200});
  CHECK(conv1d_transpose(Tensor::from<double>({1, 2}, {1, 2, 1}), w, {.strides = 2, .left = 1, .x_steps = 6})
            .to_vector() == std::vector<double>{10, 102, 20, 200, 0, 0});
}

TEST_CASE("a kernel longer than its input gives no steps") {
  const Tensor x = zeros({2, 2, 3}), w = zeros({5, 3, 4});
  CHECK(conv1d(x, w).shape() == Shape{2, 0, 4});
  CHECK(conv1d_transpose(zeros({2, 0, 4}), w).shape() == Shape{2, 0, 3});
}

TEST_CASE("operands of two dtypes are promoted") {
  const Tensor x = ones({1, 3, 1}, DType::float32), w = ones({2, 1, 1}, DType::float64);
  CHECK(conv1d(x, w).dtype() == DType::float64);
}

TEST_CASE("what does not fit is refused, and said") {
  const Tensor x = zeros({2, 6, 4}), w = zeros({3, 4, 6}), y = zeros({2, 4, 6});
  CHECK(error_of([&] {
    conv1d(zeros({6, 4}), w);
  }) == "ValueError: conv1d: `x` must have shape (batch, steps, channels) (received (6, 4))");
  CHECK(
      error_of([&] {
        conv1d(x, zeros({3, 4}));
      }) ==
      "ValueError: conv1d: `w` must have shape (kernel_size, channels / groups, filters) (received (3, 4))");
  CHECK(error_of([&] {
    conv1d(x, zeros({3, 5, 6}));
  }) == "ValueError: conv1d: `w` must have channels / groups on its second axis (received x (2, 6, 4), w (3, "
        "5, 6), "
        "groups=1)");
  CHECK(error_of([&] { conv1d(x, w, {.strides = 0}); }) ==
        "ValueError: conv1d: strides must be at least 1 (received strides=0)");
  CHECK(error_of([&] { conv1d(x, w, {.dilation = -1}); }) ==
        "ValueError: conv1d: dilation must be at least 1 (received dilation=-1)");
  CHECK(error_of([&] { conv1d(x, w, {.groups = 3}); }) ==
        "ValueError: conv1d: groups must divide channels and filters (received groups=3, channels=4, "
        "filters=6)");
  CHECK(error_of([&] { conv1d(x, w, {.y_steps = -2}); }) ==
        "ValueError: conv1d: y_steps must be at least 0 (received y_steps=-2)");
  CHECK(error_of([&] {
    conv1d_transpose(zeros({2, 4, 5}), w);
  }) == "ValueError: conv1d_transpose: `y` and `w` must agree on filters, their last axis (received y (2, 4, "
        "5), w "
        "(3, 4, 6))");
  CHECK(error_of([&] { conv1d_kernel_grad(x, y, {}); }) ==
        "ValueError: conv1d_kernel_grad: kernel_size must be given");
  CHECK(
      error_of([&] {
        conv1d_kernel_grad(x, zeros({3, 4, 6}), {.kernel_size = 3});
      }) ==
      "ValueError: conv1d_kernel_grad: `x` and `y` must agree on batch (received x (2, 6, 4), y (3, 4, 6))");
  CHECK(error_of([&] {
    conv1d(zeros({1, 2, 1}, DType::int32), zeros({1, 1, 1}, DType::int32));
  }) == "TypeError: conv1d: dtype must be float32 or float64 (received int32)");
}

TEST_CASE("NaN is not lost: every step whose window sees it is NaN") {
  std::mt19937 random(9);
  for (const Index channels : {1, 3, 16}) {
    const Tensor x = random_tensor({2, 20, channels}, random);
    x.mutable_data<double>()[7 * channels] = std::nan("");
    const Tensor y = conv1d(x, random_tensor({3, channels, 4}, random));
    for (Index t = 5; t <= 7; ++t) CHECK(std::isnan(y.at({0, t, 2})));
    CHECK(!std::isnan(y.at({1, 9, 2})));
  }
}
