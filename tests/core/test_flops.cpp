#include <doctest/doctest.h>

#include <xtape/core/flops.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;

TEST_CASE("a product of matrices counts two operations for each product of two elements, transposed or not") {
  CHECK(flops(Op::matmul, {{3, 5}, {5, 7}}, {3, 7}) == 2 * 3 * 5 * 7);
  CHECK(flops(Op::matmul, {{5, 3}, {7, 5}}, {3, 7}) == 2 * 3 * 5 * 7);
  CHECK(flops(Op::matmul, {{4, 3, 5}, {5, 7}}, {4, 3, 7}) == 4 * 2 * 3 * 5 * 7);
  CHECK(flops(Op::matmul, {{3, 5}, {4, 5, 7}}, {4, 3, 7}) == 4 * 2 * 3 * 5 * 7);
}

TEST_CASE("the three convolutions of one form count alike, groups and strides included") {
  const Shape x = {2, 20, 6}, w = {5, 3, 8}, y = {2, 10, 8};  // two groups of 3 channels, strides 2
  const Index expected = 2 * 2 * 10 * 5 * 3 * 8;
  CHECK(flops(Op::conv1d, {x, w}, y) == expected);
  CHECK(flops(Op::conv1d_transpose, {y, w}, x) == expected);
  CHECK(flops(Op::conv1d_kernel_grad, {x, y}, w) == expected);
}

TEST_CASE("empty products and all other ops count nothing") {
  CHECK(flops(Op::matmul, {{0, 5}, {5, 7}}, {0, 7}) == 0);
  CHECK(flops(Op::matmul, {{3, 0}, {0, 7}}, {3, 7}) == 0);
  CHECK(flops(Op::conv1d, {{0, 20, 6}, {5, 6, 8}}, {0, 10, 8}) == 0);
  CHECK(flops(Op::multiply, {{100}, {100}}, {100}) == 0);
  CHECK(flops(Op::relu, {{100}}, {100}) == 0);
}

TEST_CASE("a tape that measures counts each gradient that it computes, and no other") {
  const Tensor x = random_normal({3, 5}), w = random_normal({5, 7});
  const auto counted = [&](bool of_x, bool of_w) {
    GradientTape tape({.measure = true});
    if (of_x) tape.watch(x);
    if (of_w) tape.watch(w);
    tape.gradient(sum(matmul(x, w)), {x, w});
    return std::pair(tape.details()[0].forward_flops, tape.details()[0].backward_flops);
  };
  constexpr Index once = 2 * 3 * 5 * 7;
  CHECK(counted(true, true) == std::pair(once, 2 * once));
  CHECK(counted(false, true) == std::pair(once, once));
}

TEST_CASE(
    "a tape that measures leaves a bias and a relu in the pass of the product, and counts its output once") {
  const Tensor x = random_normal({3, 5}), w = random_normal({5, 7}), b = random_normal({7});
  GradientTape tape({.measure = true});
  tape.watch(w);
  matmul(x, w, {}, {.bias = b, .relu = true});
  REQUIRE(tape.records().size() == 3);
  CHECK(tape.details()[0].output_bytes == 3 * 7 * 4);
  CHECK(tape.details()[1].output_bytes == 0);
  CHECK(tape.details()[2].output_bytes == 0);
}
