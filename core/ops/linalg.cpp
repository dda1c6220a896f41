#include <xtape/core/kernels/linalg.hpp>
#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/linalg.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;
using kernels::SolveSizes;

namespace {

Shape checked_stack(const Tensor& a, std::string_view owner) {
  require(
      a.rank() >= 2 && a.dim(-1) == a.dim(-2), owner, "matrices must be square (received ", a.shape(), ")");
  require(a.dim(-1) < Index{1} << 31, owner, "matrices are too large (received ", a.shape(), ")");
  return a.shape().slice(0, a.rank() - 2);
}

/// Throws for the matrix at which a kernel had to stop.
void check_all_done(Index failed, const Shape& stack, std::string_view owner, std::string_view fault) {
  require(failed < 0, owner, stack.rank() == 0 ? "the matrix" : concat("matrix ", failed, " of the stack"),
      " is ", fault);
}

Tensor transposed(const Tensor& a) { return swapaxes(a, -2, -1); }

}  // namespace

Tensor inv(const Tensor& a) {
  const Shape stack = checked_stack(a, "inv");
  const Tensor y = Tensor::empty(a.shape(), a.dtype());
  dispatch_floating(a.dtype(), "inv", [&]<class T>() {
    const Index failed = kernels::inverse(a.data<T>(), y.mutable_data<T>(), stack.size(), a.dim(-1));
    check_all_done(failed, stack, "inv", "singular");
  });
  const auto da = [=](const Tensor& g) {  // -y^T g y^T
    return negative(matmul(matmul(y, g, {.transpose_a = true}), y, {.transpose_b = true}));
  };
  return record(Op::inv, y, Edge{a, da});
}

namespace {

/// What solve and solve_triangular ask of their operands, and a way to have both with the same leading axes.
struct System {
  Tensor a, b;
  Shape stack;
  bool is_vector;

  System(const Tensor& matrices, const Tensor& columns, std::string_view owner)
      : is_vector(columns.rank() == 1) {
    const Shape a_stack = checked_stack(matrices, owner);
    require(columns.rank() >= 1 && columns.dim(is_vector ? 0 : -2) == matrices.dim(-1), owner,
        "`b` must have as many rows as `a` (received a ", matrices.shape(), ", b ", columns.shape(), ")");
    const Tensor full = is_vector ? expand_dims(columns, -1) : columns;
    stack = broadcast_shapes(a_stack, full.shape().slice(0, full.rank() - 2), owner);
    a = repeated(matrices);
    b = repeated(full);
  }
  SolveSizes sizes(bool transpose) const { return {stack.size(), a.dim(-1), b.dim(-1), transpose}; }

 private:
  Tensor repeated(const Tensor& t) const {
    const Shape to = stack.with(stack.rank(), t.dim(-2)).with(stack.rank() + 1, t.dim(-1));
    return t.shape() == to ? t : broadcast_to(t, to);
  }
};

/// Solves op(a) x = b for operands with the same leading axes.
Tensor solved(const Tensor& a, const Tensor& b, const SolveSizes& sizes, const Shape& stack) {
  const Tensor x = Tensor::empty(b.shape(), b.dtype());
  dispatch_floating(b.dtype(), "solve", [&]<class T>() {
    const Index failed = kernels::solve(a.data<T>(), b.data<T>(), x.mutable_data<T>(), sizes);
    check_all_done(failed, stack, "solve", "singular");
  });
  const SolveSizes other{sizes.batch, sizes.n, sizes.columns, !sizes.transpose};
  const auto db = [=](const Tensor& g) { return solved(a, g, other, stack); };
  const auto da = [=](const Tensor& g) {  // -db x^T, transposed when a is
    const Tensor minus_db = negative(solved(a, g, other, stack));
    return sizes.transpose ? matmul(x, minus_db, {.transpose_b = true})
                           : matmul(minus_db, x, {.transpose_b = true});
  };
  return record(Op::solve, x, Edge{a, da}, Edge{b, db});
}

Tensor solved_triangular(
    const Tensor& a, const Tensor& b, const SolveSizes& sizes, bool lower, const Shape& stack) {
  const Tensor x = Tensor::empty(b.shape(), b.dtype());
  dispatch_floating(b.dtype(), "solve_triangular", [&]<class T>() {
    const Index failed =
        kernels::solve_triangular(a.data<T>(), b.data<T>(), x.mutable_data<T>(), sizes, lower);
    check_all_done(failed, stack, "solve_triangular", "singular");
  });
  const SolveSizes other{sizes.batch, sizes.n, sizes.columns, !sizes.transpose};
  const auto db = [=](const Tensor& g) { return solved_triangular(a, g, other, lower, stack); };
  const auto da = [=](const Tensor& g) {
    const Tensor minus_db = negative(solved_triangular(a, g, other, lower, stack));
    const Tensor whole = sizes.transpose ? matmul(x, minus_db, {.transpose_b = true})
                                         : matmul(minus_db, x, {.transpose_b = true});
    return lower ? tril(whole) : triu(whole);
  };
  return record(Op::solve_triangular, x, Edge{a, da}, Edge{b, db});
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return promoted(solve, a, b);
  const System s(a, b, "solve");
  const Tensor x = solved(s.a, s.b, s.sizes(false), s.stack);
  return s.is_vector ? squeeze(x, -1) : x;
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, const TriangularOptions& o) {
  if (a.dtype() != b.dtype())
    return promoted([&](const Tensor& p, const Tensor& q) { return solve_triangular(p, q, o); }, a, b);
  const System s(a, b, "solve_triangular");
  const Tensor x = solved_triangular(s.a, s.b, s.sizes(o.transpose), o.lower, s.stack);
  return s.is_vector ? squeeze(x, -1) : x;
}

namespace {

/// A number for each matrix as a factor for the matrices.
Tensor for_matrices(const Tensor& numbers) { return expand_dims(expand_dims(numbers, -1), -1); }

}  // namespace

Tensor det(const Tensor& a) {
  const Shape stack = checked_stack(a, "det");
  const Tensor y = Tensor::empty(stack, a.dtype());
  dispatch_floating(a.dtype(), "det", [&]<class T>() {
    kernels::determinant<T>(a.data<T>(), y.mutable_data<T>(), nullptr, nullptr, stack.size(), a.dim(-1));
  });
  const auto da = [=](const Tensor& g) { return multiply(for_matrices(multiply(g, y)), transposed(inv(a))); };
  return record(Op::det, y, Edge{a, da});
}

Tensor logdet(const Tensor& a) {
  const Shape stack = checked_stack(a, "logdet");
  const Tensor y = Tensor::empty(stack, a.dtype());
  dispatch_floating(a.dtype(), "logdet", [&]<class T>() {
    kernels::determinant<T>(a.data<T>(), nullptr, nullptr, y.mutable_data<T>(), stack.size(), a.dim(-1));
  });
  const auto da = [=](const Tensor& g) { return multiply(for_matrices(g), transposed(inv(a))); };
  return record(Op::logdet, y, Edge{a, da});
}

Tensor sign_of_det(const Tensor& a) {
  const Shape stack = checked_stack(a, "sign_of_det");
  const Tensor y = Tensor::empty(stack, a.dtype());
  dispatch_floating(a.dtype(), "sign_of_det", [&]<class T>() {
    kernels::determinant<T>(a.data<T>(), nullptr, y.mutable_data<T>(), nullptr, stack.size(), a.dim(-1));
  });
  return y;
}

Tensor cholesky(const Tensor& a) {
  const Shape stack = checked_stack(a, "cholesky");
  const Tensor y = Tensor::empty(a.shape(), a.dtype());
  dispatch_floating(a.dtype(), "cholesky", [&]<class T>() {
    const Index failed = kernels::cholesky(a.data<T>(), y.mutable_data<T>(), stack.size(), a.dim(-1));
    check_all_done(failed, stack, "cholesky", "not positive definite");
  });
  // With P = the lower half of L^T g, its diagonal halved:  S = L^-T P L^-1  and  da = (S + S^T) / 2.
  const auto da = [=](const Tensor& g) {
    const Index n = y.dim(-1);
    const Tensor half = tril(subtract(ones({n, n}, y.dtype()), multiply(eye(n, n, 0, y.dtype()), 0.5)));
    const Tensor p = multiply(matmul(y, g, {.transpose_a = true}), half);
    const auto from_left = [&](const Tensor& t) { return solve_triangular(y, t, {.transpose = true}); };
    const Tensor s = from_left(transposed(from_left(p)));
    return multiply(add(s, transposed(s)), 0.5);
  };
  return record(Op::cholesky, y, Edge{a, da});
}

}  // namespace xtape
