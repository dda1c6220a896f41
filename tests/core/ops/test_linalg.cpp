#include <limits>

#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/linalg.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;
using Values = std::vector<double>;

namespace {

Tensor regular(const Shape& shape, std::mt19937& random, DType dtype) {
  return add(random_tensor(shape, random, dtype), multiply(eye(shape.back(), None, 0, dtype), 3));
}

double tolerance_of(DType dtype) { return dtype == DType::float64 ? 1e-12 : 1e-4; }

}  // namespace

TEST_CASE("inverses and solutions undo multiplication") {
  std::mt19937 random(1);
  for (const DType dtype : {DType::float32, DType::float64})
    for (const Index n : {0, 1, 2, 5, 17}) {
      CAPTURE(n);
      const double tolerance = tolerance_of(dtype);
      const Tensor a = regular({2, 3, n, n}, random, dtype), b = random_tensor({2, 3, n, 4}, random, dtype);
      const Tensor one = broadcast_to(eye(n, None, 0, dtype), a.shape());
      CHECK(close(matmul(a, inv(a)), one, tolerance));
      CHECK(close(matmul(inv(a), a), one, tolerance));
      CHECK(close(matmul(a, solve(a, b)), b, tolerance));
      CHECK(close(matmul(tril(a), solve_triangular(a, b)), b, tolerance));
      CHECK(close(matmul(triu(a), solve_triangular(a, b, {.lower = false})), b, tolerance));
      CHECK(close(
          matmul(tril(a), solve_triangular(a, b, {.transpose = true}), {.transpose_a = true}), b, tolerance));
      CHECK(close(
          matmul(triu(a), solve_triangular(a, b, {.lower = false, .transpose = true}), {.transpose_a = true}),
          b, tolerance));
    }
}

TEST_CASE("rows are exchanged where the pivot is 0") {
  const Tensor a({{0, 2}, {4, 0}}, DType::float64);
  CHECK(same(inv(a), Tensor({{0, 0.25}, {0.5, 0}}, DType::float64)));
  CHECK(same(solve(a, Tensor({2, 4}, DType::float64)), Tensor({1, 1}, DType::float64)));
  CHECK(det(a).item() == -8);
}

TEST_CASE("a vector, and stacks that broadcast, are solved as NumPy does") {
  std::mt19937 random(2);
  const Tensor a = regular({3, 3}, random, DType::float64),
               stack = regular({2, 3, 3}, random, DType::float64);
  const Tensor v = random_tensor({3}, random), columns = random_tensor({4, 1, 3, 2}, random);
  CHECK(close(matmul(a, solve(a, v)), v));
  CHECK(solve(stack, v).shape() == Shape{2, 3});
  CHECK(close(matmul(stack, expand_dims(solve(stack, v), -1)), broadcast_to(expand_dims(v, -1), {2, 3, 1})));
  CHECK(close(matmul(stack, solve(stack, columns)), broadcast_to(columns, {4, 2, 3, 2})));
}

TEST_CASE("determinants agree with the rule of Sarrus, and with each other") {
  std::mt19937 random(3);
  const Tensor a = random_tensor({40, 3, 3}, random), d = det(a);
  const SignAndLogDet parts = slogdet(a);
  for (Index s = 0; s < 40; ++s) {
    const auto e = [&](Index i, Index j) { return a.at({s, i, j}); };
    const double sarrus = e(0, 0) * e(1, 1) * e(2, 2) + e(0, 1) * e(1, 2) * e(2, 0) +
                          e(0, 2) * e(1, 0) * e(2, 1) - e(0, 2) * e(1, 1) * e(2, 0) -
                          e(0, 1) * e(1, 0) * e(2, 2) - e(0, 0) * e(1, 2) * e(2, 1);
    CHECK(std::abs(d.at({s}) - sarrus) < 1e-14);
    CHECK(parts.sign.at({s}) == (sarrus > 0 ? 1 : -1));
    CHECK(parts.logdet.at({s}) == doctest::Approx(std::log(std::abs(sarrus))));
  }
  CHECK(det(zeros({0, 0})).item() == 1);
  CHECK(det(zeros({3, 3})).item() == 0);
  CHECK(sign_of_det(zeros({2, 2})).item() == 0);
  CHECK(logdet(zeros({2, 2})).item() == -std::numeric_limits<double>::infinity());
  CHECK(logdet(multiply(eye(400, None, 0, DType::float64), 10)).item() ==
        doctest::Approx(400 * std::log(10.0)));
}

TEST_CASE("the factor of Cholesky is lower triangular and its square is the matrix") {
  std::mt19937 random(4);
  for (const DType dtype : {DType::float32, DType::float64})
    for (const Index n : {0, 1, 3, 20}) {
      const Tensor x = random_tensor({2, n, n}, random, dtype);
      const Tensor a = add(matmul(x, x, {.transpose_b = true}), eye(n, None, 0, dtype)), l = cholesky(a);
      CHECK(close(matmul(l, l, {.transpose_b = true}), a, 10 * tolerance_of(dtype)));
      CHECK(same(l, tril(l)));
    }
}

TEST_CASE("the gradient of logdet is the transposed inverse, that of cholesky symmetric") {
  std::mt19937 random(5);
  const Tensor a = regular({4, 4}, random, DType::float64);
  GradientTape tape({.persistent = true});
  tape.watch(a);
  CHECK(close(tape.gradient(logdet(a), a), transpose(inv(a))));
  const Tensor da = tape.gradient(cholesky(a), a);
  CHECK(close(da, transpose(da)));
}

TEST_CASE("what cannot be solved is refused, and said") {
  const Tensor singular({{1, 2}, {2, 4}}, DType::float64);
  CHECK(error_of([] { inv(zeros({2, 3})); }) == "ValueError: inv: matrices must be square (received (2, 3))");
  CHECK(error_of([] { det(zeros({3})); }) == "ValueError: det: matrices must be square (received (3,))");
  CHECK(error_of([&] { inv(singular); }) == "ValueError: inv: the matrix is singular");
  CHECK(error_of([&] {
    solve(singular, Tensor({1, 2}, DType::float64));
  }) == "ValueError: solve: the matrix is singular");
  CHECK(error_of([&] {
    solve_triangular(Tensor{{1, 0}, {1, 0}}, Tensor{1, 2});
  }) == "ValueError: solve_triangular: the matrix is singular");
  CHECK(error_of([] {
    inv(Tensor({{{1, 0}, {0, 1}}, {{0, 0}, {0, 0}}}));
  }) == "ValueError: inv: matrix 1 of the stack is singular");
  CHECK(error_of([] {
    cholesky(Tensor{{1, 2}, {2, 1}});
  }) == "ValueError: cholesky: the matrix is not positive definite");
  CHECK(error_of([] {
    solve(zeros({2, 2}), zeros({3}));
  }) == "ValueError: solve: `b` must have as many rows as `a` (received a (2, 2), b (3,))");
  CHECK(error_of([] { inv(eye(2, None, 0, DType::int32)); }) ==
        "TypeError: inv: dtype must be float32 or float64 (received int32)");
}

TEST_CASE("diagonals and triangles are those of NumPy") {
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, DType::int64);
  CHECK(same(diag(x), Tensor({1, 5}, DType::int64)));
  CHECK(same(diag(x, 1), Tensor({2, 6}, DType::int64)));
  CHECK(same(diag(x, -1), Tensor({4}, DType::int64)));
  CHECK(diag(x, 3).shape() == Shape{0});
  CHECK(diag(x, -7).shape() == Shape{0});
  CHECK(same(diag(Tensor{1, 2}), Tensor{{1, 0}, {0, 2}}));
  CHECK(same(diag(Tensor{1, 2}, 1), Tensor{{0, 1, 0}, {0, 0, 2}, {0, 0, 0}}));
  CHECK(same(diag(Tensor{1, 2}, -1), Tensor{{0, 0, 0}, {1, 0, 0}, {0, 2, 0}}));
  CHECK(same(tril(x), Tensor({{1, 0, 0}, {4, 5, 0}}, DType::int64)));
  CHECK(same(triu(x, 1), Tensor({{0, 2, 3}, {0, 0, 6}}, DType::int64)));
  CHECK(same(tril(x, -1), Tensor({{0, 0, 0}, {4, 0, 0}}, DType::int64)));
  CHECK(trace(x).item() == 6);
  CHECK(diagonal(zeros({2, 3, 4, 5}), 1, 0, 2).shape() == Shape{3, 5, 2});
  CHECK(same(tril(Tensor({{1, std::nan("")}, {1, 1}})), Tensor{{1, 0}, {1, 1}}));
  CHECK(error_of([] {
    diag(zeros({1, 2, 3}));
  }) == "ValueError: diag: `x` must be a vector or a matrix (received (1, 2, 3))");
  CHECK(error_of([] { tril(zeros({3})); }) ==
        "ValueError: tril: `x` must have at least two axes (received (3,))");
  CHECK(error_of([&] { diagonal(x, 0, 1, -1); }) ==
        "ValueError: diagonal: two different axes are needed (received axis1=1, axis2=-1)");
}
