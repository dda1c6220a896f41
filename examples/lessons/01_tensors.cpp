// Lesson 1: tensors, and what a tape is.
//
// A Tensor is an array of numbers with a shape: a scalar has shape (), three numbers in a row (3,), two rows of three
// (2, 3). Tensors do not change. Arithmetic makes new ones, element by element, and an axis of length 1 is repeated to fit
// its partner; that rule is called broadcasting.
//
// To differentiate what a program computes, somebody has to remember what it did. That is the tape. While a GradientTape is
// alive, every op on a tensor that it watches writes one line: which op, on which lines before it. The derivative then
// follows from the chain rule, read from the last line to the first:
//
//     y = sin(x) * x       %0  watch            dy/d%2 = 1
//                          %1  sin      %0      dy/d%1 = x
//                          %2  multiply %1 %0   dy/d%0 = x cos(x) + sin(x)
//
// No formula is differentiated and no limit is taken: each op knows its own derivative, and the tape multiplies them.
#include <cmath>
#include <iostream>
#include <stdexcept>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;

namespace {

/// What a lesson prints, it also asserts.
void expect(bool condition, const char* what) {
  std::cout << (condition ? "  true: " : "  FALSE: ") << what << '\n';
  if (!condition) throw std::logic_error(what);
}

bool near(double a, double b) { return std::abs(a - b) < 1e-5; }

void arrays() {
  const Tensor column = {{1.0}, {2.0}}, row = {10.0, 20.0, 30.0};
  const Tensor table = column + row;
  std::cout << "a column plus a row:\n" << table << '\n';
  expect(table.shape() == Shape{2, 3}, "shapes (2, 1) and (3,) broadcast to (2, 3)");
  expect(table.at({1, 2}) == 32, "entry (1, 2) is 2 + 30");

  const Tensor totals = sum(table, 0);
  std::cout << "its columns added up: " << totals << '\n';
  expect(totals.to_vector() == std::vector<double>{23, 43, 63}, "axis 0 is gone, axis 1 is left");
}

void a_derivative() {
  const Tensor x = {2.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor y = sin(x) * x;
  std::cout << "the tape of y = sin(x) * x:\n" << tape;
  const Tensor dy = tape.gradient(y, x);
  std::cout << "dy/dx at 2 = " << dy << '\n';
  expect(near(dy.item(), 2 * std::cos(2.0) + std::sin(2.0)), "it is x cos(x) + sin(x)");
}

void what_a_tape_does_not_record() {
  const Tensor x = {2.0}, stranger = {5.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor unrelated = stranger * stranger;
  const Tensor y = x * stranger;
  expect(tape.records().size() == 1, "only the product with x is on the tape: nobody watches the stranger");
  expect(!tape.gradient(y, stranger), "so its gradient is None");
}

void a_derivative_of_a_derivative() {
  const Tensor x = {3.0};
  GradientTape outer;  // records the computation of the gradient too, since that is made of ops as well
  outer.watch(x);
  GradientTape inner;
  inner.watch(x);
  const Tensor y = x * x * x;
  const Tensor slope = inner.gradient(y, x);
  const Tensor curvature = outer.gradient(slope, x);
  std::cout << "x^3 at 3: slope " << slope << ", curvature " << curvature << '\n';
  expect(slope.item() == 27 && curvature.item() == 18, "they are 3 x^2 and 6 x");
}

}  // namespace

int main() {
  arrays();
  a_derivative();
  what_a_tape_does_not_record();
  a_derivative_of_a_derivative();
}
