// The cells' ops against loops over single numbers, and their two kinds of gradients against each other.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/ops/support.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/recurrent.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

Tensor random(const Shape& shape, std::uint64_t seed, DType dtype = DType::float64) {
  return random_uniform(shape, -2, 2, {.key = RandomKey{seed}, .dtype = dtype});
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

void check_close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  CHECK(close(a, b, tolerance));
}

/// The gradients of sum(y * g) for every input, by the kernels.
std::vector<Tensor> by_kernels(
    const std::function<Tensor(const std::vector<Tensor>&)>& f, const std::vector<Tensor>& x) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x, {.output_gradients = {random(y.shape(), 9, y.dtype())}});
}
/// The same while another tape records, which takes the formulas.
std::vector<Tensor> by_formulas(
    const std::function<Tensor(const std::vector<Tensor>&)>& f, const std::vector<Tensor>& x) {
  const GradientTape outer;
  return by_kernels(f, x);
}

}  // namespace

TEST_CASE("an LSTM's memory and output are Keras's formulas, gates in the order i, f, c, o") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const Index units : {1, 2, 5, 17}) {
      const Tensor a = random({3, 4 * units}, 1, dtype), c = random({3, units}, 2, dtype);
      const Tensor carry = lstm_carry(a, c), output = lstm_output(a, c);
      for (Index n = 0; n < 3; ++n)
        for (Index j = 0; j < units; ++j) {
          const double memory = c.at({n, j}), old = sigmoid_of(a.at({n, units + j})) * memory;
          const double fresh = sigmoid_of(a.at({n, j})) * std::tanh(a.at({n, 2 * units + j}));
          const double shown = sigmoid_of(a.at({n, 3 * units + j})) * std::tanh(memory);
          CHECK(carry.at({n, j}) == doctest::Approx(old + fresh).epsilon(1e-5));
          CHECK(output.at({n, j}) == doctest::Approx(shown).epsilon(1e-5));
        }
    }
}

TEST_CASE("a GRU's output is Keras's formula, gates in the order z, r, h") {
  const Index units = 5;
  const Tensor x = random({3, 3 * units}, 1), m = random({3, 3 * units}, 2), h = random({3, units}, 3);
  const Tensor y = gru_output(x, m, h);
  for (Index n = 0; n < 3; ++n)
    for (Index j = 0; j < units; ++j) {
      const double z = sigmoid_of(x.at({n, j}) + m.at({n, j}));
      const double r = sigmoid_of(x.at({n, units + j}) + m.at({n, units + j}));
      const double t = std::tanh(x.at({n, 2 * units + j}) + r * m.at({n, 2 * units + j}));
      CHECK(y.at({n, j}) == doctest::Approx(z * h.at({n, j}) + (1 - z) * t));
    }
}

TEST_CASE("the kernels' gradients are those of the formulas") {
  const auto compare = [](const auto& f, const std::vector<Tensor>& x) {
    const auto a = by_kernels(f, x), b = by_formulas(f, x);
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) check_close(a[i], b[i]);
  };
  compare([](const auto& in) { return lstm_carry(in[0], in[1]); }, {random({3, 20}, 1), random({3, 5}, 2)});
  compare([](const auto& in) { return lstm_output(in[0], in[1]); }, {random({3, 20}, 1), random({3, 5}, 2)});
  compare([](const auto& in) { return gru_output(in[0], in[1], in[2]); },
      {random({3, 15}, 1), random({3, 15}, 2), random({3, 5}, 3)});
}

TEST_CASE("wrong shapes and dtypes are refused by name") {
  CHECK_THROWS_WITH_AS(lstm_carry(ones({2, 7}), ones({2, 2})),
      "ValueError: lstm_carry: the state must have shape (batch, units), the sums (batch, 4 units) (received "
      "(2, "
      "2) and (2, 7))",
      ValueError);
  CHECK_THROWS_AS(lstm_output(ones({3, 8}), ones({2, 2})), ValueError);
  CHECK_THROWS_AS(lstm_output(ones({8}), ones({2})), ValueError);
  CHECK_THROWS_AS(gru_output(ones({2, 6}), ones({2, 5}), ones({2, 2})), ValueError);
  CHECK_THROWS_AS(lstm_carry(ones({2, 8}, DType::int32), ones({2, 2}, DType::int32)), TypeError);
  CHECK(lstm_carry(ones({2, 8}, DType::float32), ones({2, 2}, DType::float64)).dtype() == DType::float64);
}

TEST_CASE("unstack gives the entries along an axis, and stack puts them back") {
  const Tensor x = random({3, 4, 2}, 1);
  for (const Index axis : {0, 1, -1}) {
    const auto entries = unstack(x, axis);
    CHECK(static_cast<Index>(entries.size()) == x.dim(axis));
    check_close(stack(entries, axis), x, 0);
  }
  CHECK(unstack(x)[2].at({1, 1}) == x.at({2, 1, 1}));
  CHECK(unstack(ones({0, 2})).empty());
  CHECK_THROWS_AS(unstack(x, 3), ValueError);
}

TEST_CASE("gradients of parts and of shared weights add up, in place or not") {
  const Tensor w = random({3, 3}, 1), x = random({6, 2, 3}, 2);
  const auto f = [](const std::vector<Tensor>& in) {
    const auto steps = unstack(in[1]);
    Tensor h = steps[0];
    for (std::size_t t = 1; t < steps.size(); ++t) h = add(matmul(h, in[0]), multiply(steps[t], steps[t]));
    return h;
  };
  const auto in_place = by_kernels(f, {w, x}), recorded = by_formulas(f, {w, x});
  check_close(in_place[0], recorded[0]);
  check_close(in_place[1], recorded[1]);
  // dy/dx_5 = 2 x_5 g, at the end of the chain
  const Tensor expected = multiply(multiply(unstack(x)[5], 2), random({2, 3}, 9));
  check_close(unstack(in_place[1])[5], expected);
}

TEST_CASE("a sum in place spares what others hold") {
  const Tensor x = random({4, 2}, 1);
  GradientTape tape({.persistent = true});
  tape.watch(x);
  // The first term of x's gradient is g itself, which the caller holds.
  const Tensor g = random({4, 2}, 2), before = add(g, 0);
  const Tensor y = add(x, 0), z = slice(x, 0, 1, 3);
  const Tensor once = tape.gradient({z, y}, x, {.output_gradients = {ones({2, 2}, DType::float64), g}});
  const Tensor twice = tape.gradient({z, y}, x, {.output_gradients = {ones({2, 2}, DType::float64), g}});
  check_close(g, before, 0);
  check_close(once, twice, 0);
  CHECK(once.at({1, 0}) == doctest::Approx(g.at({1, 0}) + 1));
  CHECK(once.at({0, 0}) == doctest::Approx(g.at({0, 0})));
}
