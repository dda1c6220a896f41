// Lesson 2: the vector-Jacobian product, and how to check one.
//
// A function from n numbers to m has m n derivatives, its Jacobian J: J[i, j] = dy_i / dx_j. A network with a million
// weights and a thousand outputs would have a billion. Nobody needs them all. Training asks how one number, the loss, depends
// on x; and if u = dloss/dy is known, then
//
//     dloss/dx_j = sum_i u_i J[i, j],     in short  J'u, the vector-Jacobian product (VJP).
//
// It has the size of x, and for most ops it is as cheap as the op itself. For y = A x it is A'u; for y = exp(x), whose
// Jacobian is diagonal, it is u * y: the Jacobian never exists. So this is what an op tells the tape: for each input a
// closure that turns u into J'u. Chains multiply: the J'u of the last op is the u of the one before.
//
// How do we know that a closure is right? For every direction v,  <u, J v> = <J'u, v>.  The left side can be had without
// any derivative, from f(x + h v) and f(x - h v); the right side is the tape's. Random u and v find every mistake, and it
// takes two evaluations, however large x is.
#include <cmath>
#include <iostream>
#include <stdexcept>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/gradient_check.hpp>
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

bool same(const Tensor& a, const Tensor& b) { return sum(abs(a - b)).item() < 1e-9; }

const Tensor A = Tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, DType::float64);
const Tensor x = Tensor({0.1, -0.2, 0.3}, DType::float64);
const Tensor u = Tensor({1.0, 10.0}, DType::float64);

void a_product_instead_of_a_matrix() {
  const Function f = [](const Tensor& t) { return exp(matmul(A, t)); };
  const Tensor J = jacobian(f)(x);
  const auto [y, product] = vjp(f, x, u);
  std::cout << "J =\n" << J << "\nJ'u = " << product << '\n';
  expect(same(product, matmul(transpose(J), u)), "the VJP is the transposed Jacobian times u");
  expect(same(product, matmul(transpose(A), u * y)), "and takes two products, one for each op: A'(u * y)");
}

using Rule = std::function<Tensor(const Tensor& t, const Tensor& y, const Tensor& g)>;

/// y = t^3, with the closure that turns g = dloss/dy into dloss/dt written by hand.
Function cube_with(const Rule& rule) {
  return custom_gradient([](const Tensor& t) { return t * t * t; }, rule);
}
const Function cube =
    cube_with([](const Tensor& t, const Tensor&, const Tensor& g) { return g * 3 * t * t; });
const Function wrong_cube =
    cube_with([](const Tensor& t, const Tensor&, const Tensor& g) { return g * 2 * t * t; });

void checked_by_hand() {
  const Tensor v = Tensor({0.5, 1.0, -1.0}, DType::float64),
               weights = Tensor({1.0, 2.0, 3.0}, DType::float64);
  const double h = 1e-5;
  const double by_differences = sum(weights * (cube(x + v * h) - cube(x - v * h)) / (2 * h)).item();
  const double by_tape = sum(vjp(cube, x, weights).derivative * v).item();
  std::cout << "<u, Jv> = " << by_differences << ", <J'u, v> = " << by_tape << '\n';
  expect(std::abs(by_differences - by_tape) < 1e-9, "differences and tape agree");
}

void checked_by_machine() {
  const auto good = check_gradients(cube, x, {.op = "cube"});
  const auto bad = check_gradients(wrong_cube, x, {.op = "wrong_cube"});
  std::cout << good << bad;
  expect(good.passed() && !bad.passed(), "the right rule passes, the wrong one is found and its place named");
}

void the_best_step() {
  const auto sweep =
      sweep_steps([](const std::vector<Tensor>& in) { return cube(in[0]); }, {x}, {.op = "cube"});
  std::cout << sweep.plot();
  const auto error = [&](std::size_t i) { return sweep.points[i].central; };
  expect(error(0) > error(8) && error(22) > error(8), "too large a step bends, too small a step rounds: a V");
}

}  // namespace

int main() {
  a_product_instead_of_a_matrix();
  checked_by_hand();
  checked_by_machine();
  the_best_step();
}
