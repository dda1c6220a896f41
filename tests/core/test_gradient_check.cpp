// The checker is checked: wrong rules are planted, and each has to be found and named.
#include <doctest/doctest.h>

#include <cmath>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;

namespace {

using Inputs = std::vector<Tensor>;

/// y as computed by the right op on inputs that no tape follows.
template <class F>
Tensor untracked(F f) {
  const NoRecording off;
  return f();
}

/// A linear map with its adjoint given by hand: gradients of any order alternate between the two.
Tensor linear(Op op, const Function& map, const Function& adjoint, const Tensor& x) {
  const Tensor y = untracked([&] { return map(x).detached(); });
  const auto dx = [=](const Tensor& g) { return linear(op, adjoint, map, g); };
  return record(op, y, Edge{x, dx});
}

struct Planted {
  const char* op;
  const char* argument;  // where the report must see the fault; nullptr: anywhere
  int order;
  CheckedFunction f;
  std::vector<Shape> shapes;
};

// ---- elementwise ----

Tensor exp_with_rule_of_log(const Inputs& v) {
  const auto dx = [x = v[0]](const Tensor& g) { return g / x; };
  return record(Op::exp, untracked([&] { return exp(v[0]); }), Edge{v[0], dx});
}
Tensor multiply_that_forgets_b(const Inputs& v) {
  const auto da = [b = v[1]](const Tensor& g) { return g * b; };
  const auto db = [](const Tensor& g) { return g; };
  return record(Op::multiply, untracked([&] { return v[0] * v[1]; }), Edge{v[0], da}, Edge{v[1], db});
}
Tensor square_with_constant_gradient(const Inputs& v) {
  const auto dx = [x = v[0].detached()](const Tensor& g) { return g * x * 2; };
  return record(Op::square, untracked([&] { return square(v[0]); }), Edge{v[0], dx});
}

// ---- reduction ----

Tensor sum_counted_twice(const Inputs& v) {
  const auto dx = [from = v[0].shape()](const Tensor& g) { return broadcast_to(g * 2, from); };
  return record(Op::sum, untracked([&] { return sum(v[0]); }), Edge{v[0], dx});
}
Tensor sum_of_squares_with_constant_gradient(const Inputs& v) {
  const auto dx = [x = v[0].detached()](const Tensor& g) { return g * x * 2; };
  return record(Op::sum, untracked([&] { return sum(square(v[0])); }), Edge{v[0], dx});
}

// ---- shaping ----

Tensor transpose_with_reshaped_gradient(const Inputs& v) {
  const auto dx = [from = v[0].shape()](const Tensor& g) { return reshape(g, from); };
  return record(Op::transpose, untracked([&] { return transpose(v[0]); }), Edge{v[0], dx});
}
Tensor transpose_with_wrong_second_order(const Inputs& v) {
  const Function turn = [](const Tensor& t) { return transpose(t); };
  const auto dx = [=](const Tensor& g) {
    return linear(
        Op::transpose, turn, [](const Tensor& t) { return transpose(t) * 3; }, g);
  };
  return record(Op::transpose, untracked([&] { return transpose(v[0]); }), Edge{v[0], dx});
}

// ---- products ----

Tensor matmul_without_transposition(const Inputs& v) {
  const auto da = [b = v[1]](const Tensor& g) { return matmul(g, b); };
  const auto db = [a = v[0]](const Tensor& g) { return matmul(transpose(a), g); };
  return record(Op::matmul, untracked([&] { return matmul(v[0], v[1]); }), Edge{v[0], da}, Edge{v[1], db});
}
Tensor matmul_with_constant_gradient(const Inputs& v) {
  const auto da = [b = v[1].detached()](const Tensor& g) { return matmul(g, transpose(b)); };
  const auto db = [a = v[0]](const Tensor& g) { return matmul(transpose(a), g); };
  return record(Op::matmul, untracked([&] { return matmul(v[0], v[1]); }), Edge{v[0], da}, Edge{v[1], db});
}

// ---- convolution ----

Tensor conv1d_off_by_a_step(const Inputs& v) {
  const auto dx = [w = v[1], steps = v[0].dim(1)](const Tensor& g) {
    return conv1d_transpose(g, w, {.strides = 2, .left = 1, .x_steps = steps});
  };
  const auto dw = [x = v[0], k = v[1].dim(0)](
                      const Tensor& g) { return conv1d_kernel_grad(x, g, {.strides = 2, .kernel_size = k}); };
  return record(Op::conv1d, untracked([&] { return conv1d(v[0], v[1], {.strides = 2}); }), Edge{v[0], dx},
      Edge{v[1], dw});
}
Tensor conv1d_with_constant_gradient(const Inputs& v) {
  const auto dx = [w = v[1], steps = v[0].dim(1)](
                      const Tensor& g) { return conv1d_transpose(g, w, {.strides = 2, .x_steps = steps}); };
  const auto dw = [x = v[0].detached(), k = v[1].dim(0)](
                      const Tensor& g) { return conv1d_kernel_grad(x, g, {.strides = 2, .kernel_size = k}); };
  return record(Op::conv1d, untracked([&] { return conv1d(v[0], v[1], {.strides = 2}); }), Edge{v[0], dx},
      Edge{v[1], dw});
}

// ---- pooling ----

/// (batch, steps, channels) -> the mean of neighbouring pairs, and its adjoint.
Tensor mean_of_pairs(const Tensor& x) {
  return sum(reshape(x, {x.dim(0), x.dim(1) / 2, 2, x.dim(2)}), 2) * 0.5;
}
Tensor spread_over_pairs(const Tensor& g) {
  const Shape pairs = {g.dim(0), g.dim(1), 2, g.dim(2)};
  return reshape(
      broadcast_to(reshape(g, {g.dim(0), g.dim(1), 1, g.dim(2)}), pairs), {g.dim(0), 2 * g.dim(1), g.dim(2)});
}
Tensor average_pool_without_its_factor(const Inputs& v) {
  const auto dx = [](const Tensor& g) { return spread_over_pairs(g); };
  return record(Op::average_pool1d, untracked([&] { return mean_of_pairs(v[0]); }), Edge{v[0], dx});
}
Tensor average_pool_with_wrong_second_order(const Inputs& v) {
  const Function spread = [](const Tensor& g) { return spread_over_pairs(g) * 0.5; };
  const auto dx = [=](const Tensor& g) {
    return linear(
        Op::average_pool1d_grad, spread, [](const Tensor& t) { return mean_of_pairs(t) * 2; }, g);
  };
  return record(Op::average_pool1d, untracked([&] { return mean_of_pairs(v[0]); }), Edge{v[0], dx});
}

const std::vector<Planted> planted{
    {"exp", "argument 0", 1, exp_with_rule_of_log, {{2, 3}}},
    {"multiply", "argument 1", 1, multiply_that_forgets_b, {{3}, {3}}},
    {"square", "argument 0", 2, square_with_constant_gradient, {{2, 3}}},
    {"sum", "argument 0", 1, sum_counted_twice, {{2, 3}}},
    {"sum of squares", "argument 0", 2, sum_of_squares_with_constant_gradient, {{2, 3}}},
    {"transpose", "argument 0", 1, transpose_with_reshaped_gradient, {{2, 3}}},
    {"transpose", "upstream gradient", 2, transpose_with_wrong_second_order, {{2, 3}}},
    {"matmul", "argument 0", 1, matmul_without_transposition, {{2, 3}, {3, 3}}},
    {"matmul", "argument 1", 2, matmul_with_constant_gradient, {{2, 3}, {3, 4}}},
    {"conv1d", "argument 0", 1, conv1d_off_by_a_step, {{2, 7, 2}, {3, 2, 2}}},
    {"conv1d", "argument 0", 2, conv1d_with_constant_gradient, {{2, 7, 2}, {3, 2, 2}}},
    {"average_pool1d", "argument 0", 1, average_pool_without_its_factor, {{2, 6, 2}}},
    {"average_pool1d", "upstream gradient", 2, average_pool_with_wrong_second_order, {{2, 6, 2}}},
};

Inputs inputs_of(const Planted& p) {
  Inputs inputs;
  double phase = 0.7;
  for (const Shape& shape : p.shapes) {
    std::vector<double> values(static_cast<std::size_t>(shape.size()));
    for (double& v : values) v = 1.5 + std::sin(phase += 1.3);  // irregular, and away from 0
    inputs.push_back(Tensor::from(values, shape));
  }
  return inputs;
}

}  // namespace

TEST_CASE("a wrong rule of first or second order is found in every family of ops, and named") {
  for (const Planted& p : planted) {
    for (const bool whole_jacobian : {false, true}) {
      CAPTURE(p.op);
      CAPTURE(p.order);
      CAPTURE(whole_jacobian);
      const auto report = check_gradients(
          p.f, inputs_of(p), {.op = p.op, .name = "planted", .whole_jacobian = whole_jacobian, .seed = 7});
      REQUIRE_FALSE(report.passed());
      CHECK(report.kinks.empty());
      const GradientMismatch& m = report.mismatches[0];
      CHECK(m.order == p.order);
      CHECK(m.argument == p.argument);
      CHECK(m.index.has_value());
      CHECK(m.output_index.has_value() == whole_jacobian);
      CHECK(std::abs(m.tape - m.difference) > 1e-3);
      const std::string text = concat(report);
      CHECK(text.find(std::string(p.op) + " (planted): FAILED") == 0);
      CHECK(text.find("seed 7") != std::string::npos);
      CHECK(text.find(p.order == 1 ? "first-order gradient is wrong" : "second-order gradient is wrong") !=
            std::string::npos);
    }
  }
}

TEST_CASE("right gradients pass in float64 with ten digits, by directions and entry by entry") {
  const CheckedFunction f = [](const Inputs& v) { return exp(v[0] * v[1]) / (square(v[0]) + 1); };
  const Inputs x{Tensor({{0.3, 1.2}, {-0.7, 2.0}}, DType::float64), Tensor({0.5, -1.5}, DType::float64)};
  for (const bool whole : {false, true}) {
    const auto report = check_gradients(f, x, {.order = 3, .whole_jacobian = whole});
    CHECK_MESSAGE(report.passed(), concat(report));
    REQUIRE(report.worst_error.size() == 3);
    CHECK(report.worst_error[0] < 1e-9);
    CHECK(report.worst_error[1] < 1e-7);
    CHECK(report.kinks.empty());
    CHECK(report.warnings.empty());
  }
}

TEST_CASE("two evaluations a direction are enough to find a wrong gradient") {
  int evaluations = 0;
  const CheckedFunction f = [&](const Inputs& v) {
    ++evaluations;
    return exp(v[0]);
  };
  const auto report =
      check_gradients(f, {Tensor({0.1, 0.2})}, {.order = 1, .directions = 5, .step = 1e-5, .levels = 1});
  CHECK(report.passed());
  CHECK(evaluations == 1 + 5 * (1 + 2));  // the shape; then for each direction the tape and the difference
}

TEST_CASE("float32 is checked coarsely and with a warning") {
  const CheckedFunction f = [](const Inputs& v) { return exp(v[0]) * v[0]; };
  const auto report = check_gradients(f, {Tensor({0.3, -1.2})}, {.dtype = DType::float32});
  CHECK_MESSAGE(report.passed(), concat(report));
  CHECK(report.warnings.size() == 1);
  CHECK_FALSE(check_gradients(planted[0].f, inputs_of(planted[0]), {.dtype = DType::float32}).passed());
}

TEST_CASE("a kink is reported as one and does not fail") {
  const auto f = [](const Tensor& x) { return relu(x); };
  const auto report = check_gradients(f, Tensor({0.0, 1.0}));
  CHECK(report.passed());
  CHECK_FALSE(report.kinks.empty());
  CHECK(concat(report).find("the function has a kink here") != std::string::npos);
}

TEST_CASE("a kink nearby is stepped around") {
  const auto f = [](const Tensor& x) { return square(abs(x)) + abs(x); };
  const auto report = check_gradients(f, Tensor({3e-4, -2e-4, 1.0}, DType::float64));
  CHECK_MESSAGE(report.passed(), concat(report));
  CHECK(report.kinks.empty());
}

TEST_CASE("inputs of integers are held fixed, and inputs without elements pass") {
  const Tensor labels = Tensor::from(std::vector<std::int32_t>{1, 2, 3});
  const CheckedFunction f = [](const Inputs& v) { return v[0] * cast(v[1], DType::float64) * v[0]; };
  CHECK(check_gradients(f, {Tensor({1.0, 2.0, 3.0}), labels}).passed());
  CHECK(check_gradients([](const Tensor& x) { return exp(x); }, zeros({0, 3})).passed());
}

TEST_CASE("variables are checked with the inputs, named, and left as they were") {
  const Variable w(Tensor({{0.5, -1.0}, {2.0, 0.25}}, DType::float64), "kernel");
  const Inputs x{Tensor({{1.0, 2.0}}, DType::float64)};
  const CheckedFunction right = [&](const Inputs& v) { return exp(matmul(v[0], w)); };
  const auto good = check_gradients(right, x, {w});
  CHECK_MESSAGE(good.passed(), concat(good));
  CHECK(good.dtype == DType::float64);

  const CheckedFunction wrong = [&](const Inputs& v) {
    return exp(matmul(v[0], w)) + sum(w.current().detached());
  };
  const auto bad = check_gradients(wrong, x, {w});
  REQUIRE_FALSE(bad.passed());
  CHECK(bad.mismatches[0].argument == "kernel");
  CHECK(w.current().to_vector() == std::vector<double>{0.5, -1, 2, 0.25});

  const Variable narrow(Tensor{2.0}, "narrow");
  const auto coarse = check_gradients([&](const Inputs&) { return exp(narrow); }, {}, {narrow});
  CHECK_MESSAGE(coarse.passed(), concat(coarse));
  CHECK(coarse.dtype == DType::float32);
}

TEST_CASE("a function that throws is not caught, and variables still get their values back") {
  const Variable w(Tensor({1.0}, DType::float64), "w");
  int calls = 0;
  const CheckedFunction f = [&](const Inputs&) {
    if (++calls == 4) throw ValueError("enough");
    return exp(w);
  };
  CHECK_THROWS_AS(check_gradients(f, {}, {w}), ValueError);
  CHECK(w.current().item() == 1);
}

TEST_CASE("options out of range are refused") {
  const auto f = [](const Tensor& x) { return x; };
  const Tensor x = {1.0};
  CHECK_THROWS_WITH_AS(check_gradients(f, x, {.order = 0}),
      "ValueError: check_gradients: order must be at least 1 (received order=0)", ValueError);
  CHECK_THROWS_AS(check_gradients(f, x, {.directions = 0}), ValueError);
  CHECK_THROWS_AS(check_gradients(f, x, {.levels = 0}), ValueError);
  CHECK_THROWS_AS(check_gradients(f, x, {.dtype = DType::int32}), TypeError);
  CHECK_THROWS_AS(check_gradients(f, x, {.step = -1}), ValueError);
}

TEST_CASE("the step sweep shows truncation on one side and round-off on the other") {
  const auto sweep =
      sweep_steps([](const Inputs& v) { return exp(v[0]); }, {Tensor({0.3, 0.9, -0.4})}, {.op = "exp"});
  REQUIRE(sweep.points.size() == 23);
  CHECK(sweep.points.front().step == doctest::Approx(0.1));
  CHECK(sweep.points.back().step == doctest::Approx(1e-12));
  const auto central = [&](std::size_t i) { return sweep.points[i].central; };
  CHECK(central(0) > 50 * central(2));    // a tenth of the step, a hundredth of the error
  CHECK(central(8) < 1e-8);               // the valley, around 1e-5
  CHECK(central(22) > 100 * central(8));  // round-off
  CHECK(sweep.points[8].one_sided > 100 * central(8));
  CHECK(sweep.csv().substr(0, 40).find("step,one_sided,central,second_order\n0.1,") == 0);
  CHECK(sweep.plot().find("1e-8") != std::string::npos);
  CHECK(sweep.table().find("exp") != std::string::npos);
}
