#include <limits>

#include <xtape/core/ops/einsum.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::testing;
using Values = std::vector<double>;

namespace {

/// The product of matrices with their leading axes repeated to `batch`, element by element.
Tensor naive_matmul(const Tensor& a, const Tensor& b, const Shape& batch) {
  const Index m = a.dim(-2), k = a.dim(-1), n = b.dim(-1);
  const auto repeated = [&](const Tensor& t) {
    return broadcast_to(t, batch.with(batch.rank(), t.dim(-2)).with(batch.rank() + 1, t.dim(-1))).to_vector();
  };
  const Values p = repeated(a), q = repeated(b);
  Values y(static_cast<std::size_t>(batch.size() * m * n), 0);
  for (Index s = 0; s < batch.size(); ++s)
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j)
        for (Index l = 0; l < k; ++l)
          y[(s * m + i) * n + j] += p[(s * m + i) * k + l] * q[(s * k + l) * n + j];
  return Tensor::from(y, batch.with(batch.rank(), m).with(batch.rank() + 1, n));
}

Tensor last_two_swapped(const Tensor& x) { return swapaxes(x, -1, -2); }

}  // namespace

TEST_CASE("matmul agrees with the triple loop for stacks of any shapes that broadcast") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const Index m = pick(random, 0, 5), k = pick(random, 0, 5), n = pick(random, 0, 5);
    Shape batch, a_batch, b_batch;
    for (Index axes = pick(random, 0, 3); axes > 0; --axes) batch.push_back(pick(random, 0, 3));
    for (const Index length : batch) {
      a_batch.push_back(pick(random, 0, 2) == 0 ? 1 : length);
      b_batch.push_back(a_batch.back() == length && pick(random, 0, 1) == 0 ? 1 : length);
    }
    while (!b_batch.empty() && b_batch[0] == 1) b_batch = b_batch.without(0);
    const auto matrices = [&](const Shape& stack, Index rows, Index columns) {
      return random_tensor(stack.with(stack.rank(), rows).with(stack.rank() + 1, columns), random);
    };
    const Tensor a = matrices(a_batch, m, k), b = matrices(b_batch, k, n);
    const Tensor expected = naive_matmul(a, b, broadcast_shapes(a_batch, b_batch, "test"));
    CHECK(close(matmul(a, b), expected));
    CHECK(close(matmul(last_two_swapped(a), b, {.transpose_a = true}), expected));
    CHECK(close(matmul(a, last_two_swapped(b), {.transpose_b = true}), expected));
    CHECK(close(matmul(last_two_swapped(a), last_two_swapped(b), {.transpose_a = true, .transpose_b = true}),
        expected));
    CHECK(close(matmul(cast(a, DType::float32), cast(b, DType::float32)), expected, 1e-5));
  }
}

TEST_CASE("vectors are rows on the left and columns on the right") {
  const Tensor m({{1, 2, 3}, {4, 5, 6}}, DType::float64), u({1, -1}, DType::float64),
      v({1, 0, 2}, DType::float64);
  CHECK(same(matmul(m, v), Tensor({7, 16}, DType::float64)));
  CHECK(same(matmul(u, m), Tensor({-3, -3, -3}, DType::float64)));
  CHECK(matmul(v, v).shape() == Shape{});
  CHECK(matmul(v, v).item() == 5);
  CHECK(matmul(u, zeros({4, 2, 3}, DType::float64)).shape() == Shape{4, 3});
  CHECK(matmul(zeros({4, 2, 3}, DType::float64), v).shape() == Shape{4, 2});
}

TEST_CASE("integers are multiplied as integers") {
  for (const DType dtype : {DType::int32, DType::int64}) {
    const Tensor a({{1, 2}, {3, 4}}, dtype), b({{5, 6}, {7, 8}}, dtype);
    CHECK(same(matmul(a, b), Tensor({{19, 22}, {43, 50}}, dtype)));
    CHECK(same(matmul(a, b, {.transpose_a = true}), Tensor({{26, 30}, {38, 44}}, dtype)));
    CHECK(same(matmul(a, b, {.transpose_b = true}), Tensor({{17, 23}, {39, 53}}, dtype)));
  }
}

TEST_CASE("NaN and infinity pass through products, and sums over nothing are 0") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const Tensor a({{nan, 1}, {infinity, 1}, {2, 3}}, DType::float64);
  CHECK(close(matmul(a, Tensor({1, 1}, DType::float64)), Tensor({nan, infinity, 5}, DType::float64)));
  CHECK(same(matmul(zeros({2, 0}), zeros({0, 3})), zeros({2, 3})));
}

TEST_CASE("dot, outer and tensordot are sums of products over the axes they name") {
  std::mt19937 random(2);
  const Tensor a = random_tensor({2, 3, 4}, random), b = random_tensor({4, 3, 5}, random);
  const Tensor y = tensordot(a, b, {2, 1}, {0, 1}), d = dot(a, random_tensor({2, 4, 3}, random));
  REQUIRE(y.shape() == Shape{2, 5});
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 5; ++j) {
      double total = 0;
      for (Index k = 0; k < 4; ++k)
        for (Index l = 0; l < 3; ++l) total += a.at({i, l, k}) * b.at({k, l, j});
      CHECK(y.at({i, j}) == doctest::Approx(total));
    }
  CHECK(d.shape() == Shape{2, 3, 2, 3});
  CHECK(tensordot(a, b, 0).shape() == Shape{2, 3, 4, 4, 3, 5});
  CHECK(tensordot(a, random_tensor({3, 4, 5}, random)).shape() == Shape{2, 5});
  CHECK(same(outer(Tensor{1, 2}, Tensor{{3, 4}, {5, 6}}), Tensor{{3, 4, 5, 6}, {6, 8, 10, 12}}));
  CHECK(dot(Tensor{1, 2}, Tensor{3, 4}).item() == 11);
  CHECK(same(dot(2.0, Tensor{3, 4}), Tensor{6, 8}));
}

TEST_CASE("what cannot be multiplied is refused, and said") {
  CHECK(error_of([] {
    matmul(zeros({2, 3}), zeros({2, 3}));
  }) == "ValueError: matmul: columns of `a` and rows of `b` must agree (received (2, 3) and (2, 3))");
  CHECK(error_of([] {
    matmul(zeros({2, 3}), zeros({2, 3}), {.transpose_a = true, .transpose_b = true});
  }) == "ValueError: matmul: columns of `a` and rows of `b` must agree (received (2, 3) and (2, 3), "
        "transpose_a=true, transpose_b=true)");
  CHECK(error_of([] { matmul(1.0, zeros({2})); }) ==
        "ValueError: matmul: operands must have at least one axis (received () and (2,))");
  CHECK(error_of([] {
    matmul(zeros({2, 3, 4}), zeros({3, 4, 2}));
  }) == "ValueError: matmul: shapes must be equal or broadcast (received (2,) and (3,))");
  CHECK(error_of([] {
    matmul(zeros({2, 2}, DType::boolean), zeros({2, 2}, DType::boolean));
  }) == "TypeError: matmul: dtype must be a number's (received bool)");
  CHECK(error_of([] {
    tensordot(zeros({2, 3}), zeros({2, 3}), 3);
  }) == "ValueError: tensordot: axes must lie between 0 and the rank of both operands (received axes=3 for "
        "(2, 3) and "
        "(2, 3))");
  CHECK(error_of([] {
    tensordot(zeros({2, 3}), zeros({2, 3}), {0}, {1});
  }) == "ValueError: tensordot: axes that are summed must agree (received axis 0 of (2, 3) and axis 1 of (2, "
        "3))");
  CHECK(error_of([] {
    tensordot(zeros({2, 2}), zeros({2, 2}), {0, 0}, {0, 1});
  }) == "ValueError: tensordot: an axis is given twice (received axis=0)");
  CHECK(error_of([] {
    dot(zeros({2, 3}), zeros({2, 3}));
  }) == "ValueError: dot: the last axis of `a` and the last but one of `b` must agree (received (2, 3) and "
        "(2, 3))");
}

TEST_CASE("einsum does what its letters say") {
  std::mt19937 random(5);
  const Tensor a = random_tensor({3, 4}, random), b = random_tensor({4, 5}, random),
               s = random_tensor({3, 3}, random);
  const Tensor c = random_tensor({2, 3, 4}, random), v = random_tensor({4}, random);
  CHECK(close(einsum("ij,jk->ik", {a, b}), matmul(a, b)));
  CHECK(close(einsum("ij,jk", {a, b}), matmul(a, b)));
  CHECK(close(einsum("ij, jk -> ki", {a, b}), transpose(matmul(a, b))));
  CHECK(close(einsum("ba", {a}), transpose(a)));
  CHECK(close(einsum("ij->", {a}), Tensor::from<double>({inner(a, ones_like(a))}, {})));
  CHECK(close(einsum("ii", {s}), Tensor::from<double>({s.at({0, 0}) + s.at({1, 1}) + s.at({2, 2})}, {})));
  CHECK(close(einsum("ii->i", {s}), Tensor::from<double>({s.at({0, 0}), s.at({1, 1}), s.at({2, 2})})));
  CHECK(close(einsum("i,j", {v, v}), outer(v, v)));
  CHECK(close(einsum("i,i->i", {v, v}), square(v)));
  CHECK(close(einsum("...j,j->...", {c, v}), matmul(c, v)));
  CHECK(close(einsum("...ij,...jk", {c, b}), matmul(c, b)));
  CHECK(close(einsum("...,...", {c, a}), multiply(c, a)));
  CHECK(close(einsum("i...->...i", {c}), transpose(c, {1, 2, 0})));
  CHECK(einsum("abc,cde,fa->bdf", {zeros({2, 3, 4}), zeros({4, 5, 6}), zeros({7, 2})}).shape() ==
        Shape{3, 5, 7});
  CHECK(same(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 3})}), zeros({2, 3})));
  CHECK(same(einsum("i,i", {Tensor({1, 2}, DType::int32), Tensor({3, 4}, DType::int32)}),
      Tensor::from<std::int32_t>({11}, {})));
}

TEST_CASE("einsum agrees with the sum over all letters") {
  std::mt19937 random(6);
  const std::string letters = "abcd";
  const Shape length{2, 3, 1, 2};
  for (int round = 0; round < 200; ++round) {
    std::string left[2], output;
    Tensor x[2];
    for (int i = 0; i < 2; ++i) {
      Shape shape;
      for (Index axes = pick(random, 0, 4); axes > 0; --axes) {
        const Index letter = pick(random, 0, 3);
        left[i] += letters[static_cast<std::size_t>(letter)];
        shape.push_back(length[letter]);
      }
      x[i] = random_tensor(shape, random);
    }
    Shape out_shape;
    for (Index letter = 3; letter >= 0; --letter) {
      const char name = letters[static_cast<std::size_t>(letter)];
      if ((left[0] + left[1]).find(name) == std::string::npos || pick(random, 0, 1) == 0) continue;
      output += name;
      out_shape.push_back(length[letter]);
    }
    const std::string equation = left[0] + "," + left[1] + "->" + output;
    CAPTURE(equation);
    Shape used = length;  // letters that do not occur count once
    for (Index letter = 0; letter < 4; ++letter)
      if ((left[0] + left[1]).find(letters[static_cast<std::size_t>(letter)]) == std::string::npos)
        used[letter] = 1;
    const auto place = [&](const std::string& term, const std::vector<Index>& index) {
      Index offset = 0;
      for (const char name : term) {
        const auto letter = static_cast<Index>(letters.find(name));
        offset = offset * length[letter] + index[letter];
      }
      return static_cast<std::size_t>(offset);
    };
    const Values p = x[0].to_vector(), q = x[1].to_vector();
    Values expected(static_cast<std::size_t>(out_shape.size()), 0);
    for (const std::vector<Index>& index : all_indices(used))
      expected[place(output, index)] += p[place(left[0], index)] * q[place(left[1], index)];
    CHECK(close(einsum(equation, {x[0], x[1]}), Tensor::from(expected, out_shape)));
  }
}

TEST_CASE("einsum says what is wrong with an equation") {
  const Tensor a = zeros({2, 3});
  CHECK(error_of([&] { einsum("i1->i", {a}); }) ==
        "ValueError: einsum: an equation is made of letters, \"...\", commas and one \"->\" (received "
        "\"i1->i\")");
  CHECK(error_of([&] { einsum("ij,jk", {a}); }) ==
        "ValueError: einsum: the equation needs 2 operands (received 1)");
  CHECK(error_of([&] { einsum("i", {a}); }) ==
        "ValueError: einsum: operand 0 has 2 axes, which its term does not fit (received shape (2, 3))");
  CHECK(error_of([&] { einsum("ii", {a}); }) ==
        "ValueError: einsum: axes of one letter must agree (received \"i\" twice for shape (2, 3))");
  CHECK(error_of([&] {
    einsum("ij,ij", {a, zeros({2, 4})});
  }) == "ValueError: einsum: axes of one letter must agree (received lengths 3 and 4)");
  CHECK(error_of([&] { einsum("ij->k", {a}); }) ==
        "ValueError: einsum: each letter of the output must stand there once and in an operand (received "
        "\"k\")");
  CHECK(error_of([&] { einsum("ij->ii", {a}); }) ==
        "ValueError: einsum: each letter of the output must stand there once and in an operand (received "
        "\"i\")");
  CHECK(error_of([&] { einsum("...i......", {a}); }) ==
        "ValueError: einsum: \"...\" may stand once in a term (received \"...i......\")");
  CHECK(error_of([&] { einsum("...j->j", {a}); }) ==
        "ValueError: einsum: the output must have \"...\" when operands do");
}
