// Functions on functions, and the laws that tie them together.
#include <doctest/doctest.h>

#include <cmath>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/differences.hpp>
#include <xtape/core/differentiate.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

using namespace xtape;

namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return detail::uniform(shape, DType::float64, random);
}
double inner(const Tensor& a, const Tensor& b) { return detail::dot(Inputs{a}, Inputs{b}); }

Tensor double_of(std::initializer_list<detail::Number> values) { return Tensor(values, DType::float64); }

/// A small network: two convolutions with something curved between them.
Tensor network(const Tensor& x) {
  const Tensor w1 = random_tensor({3, 2, 4}, 11), w2 = random_tensor({3, 4, 2}, 12);
  const Tensor h = exp(conv1d(x, w1, {.strides = 2}));
  return square(conv1d_transpose(h, random_tensor({3, 2, 4}, 13), {.strides = 2})) * sum(conv1d(h, w2));
}

/// sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 for two numbers: Rosenbrock's valley.
Tensor rosenbrock(const Inputs& v) { return 100 * square(v[1] - square(v[0])) + square(1 - v[0]); }

}  // namespace

TEST_CASE("grad and value_and_grad give the derivative of a function of one tensor or of several") {
  const Function f = [](const Tensor& x) { return sum(x * x * x); };
  const Tensor x = double_of({1, 2});
  CHECK(grad(f)(x).to_vector() == Numbers{3, 12});
  const auto [value, derivative] = value_and_grad(f)(x);
  CHECK(value.item() == 9);
  CHECK(derivative.to_vector() == Numbers{3, 12});
  const Tensor a = double_of({2}), b = double_of({3});
  const auto gradients = grad(rosenbrock)({a, b});
  CHECK(gradients[0].item() == -400 * 2 * (3 - 4) - 2 * (1 - 2));
  CHECK(gradients[1].item() == 200 * (3 - 4));
  CHECK(value_and_grad(rosenbrock)({a, b}).value.item() == 101);
}

TEST_CASE("grad wants a function that gives one number") {
  const auto f = grad(Function([](const Tensor& x) { return x; }));
  CHECK_THROWS_WITH_AS(f(Tensor{1.0, 2.0}),
      "ValueError: grad: the function must give one number (received shape (2,)); see jacobian", ValueError);
}

TEST_CASE("an input is the function's own, also when it is captured or passed twice") {
  const Tensor x = double_of({3});
  const Function captures = [&x](const Tensor& t) { return t * x; };
  CHECK(grad(captures)(x).item() == 3);
  const ListFunction product = [](const Inputs& v) { return v[0] * v[0] * v[1]; };
  const auto g = grad(product)({x, x});
  CHECK(g[0].item() == 18);
  CHECK(g[1].item() == 9);
}

TEST_CASE("an input that does not matter has a gradient of zeros") {
  const Function constant = [](const Tensor&) { return Tensor(1.0); };
  CHECK(grad(constant)(double_of({1, 2})).to_vector() == Numbers{0, 0});
  CHECK(jvp(constant, double_of({1, 2}), double_of({1, 1})).derivative.item() == 0);
}

TEST_CASE("third and fourth derivatives of known functions") {
  const Function fourth_power = [](const Tensor& x) { return x * x * x * x; };
  const Tensor x = Tensor::from(Numbers{2}, {});
  CHECK(grad(grad(grad(fourth_power)))(x).item() == 48);
  CHECK(grad(grad(grad(grad(fourth_power))))(x).item() == 24);
  const Function reciprocal = [](const Tensor& t) { return 1 / t; };
  CHECK(grad(grad(grad(reciprocal)))(x).item() == doctest::Approx(-6.0 / 16));
  const Function exp_of_square = [](const Tensor& t) { return exp(square(t)); };  // f''' = (8 t^3 + 12 t) f
  CHECK(grad(grad(grad(exp_of_square)))(x).item() == doctest::Approx((64 + 24) * std::exp(4.0)));
}

TEST_CASE("vjp and jvp agree: <u, Jv> = <J'u, v>") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Tensor x = random_tensor({2, 9, 2}, seed), v = random_tensor({2, 9, 2}, seed + 100);
    const Tensor u = random_tensor(network(x).shape(), seed + 200);
    const auto forward = jvp(network, x, v);
    const auto backward = vjp(network, x, u);
    CHECK(forward.value.to_vector() == backward.value.to_vector());
    CHECK(inner(u, forward.derivative) == doctest::Approx(inner(backward.derivative, v)).epsilon(1e-12));
  }
}

TEST_CASE("jvp is the derivative along a direction") {
  const Tensor x = random_tensor({1, 9, 2}, 1), v = random_tensor({1, 9, 2}, 2);
  const double h = 1e-5;
  const auto ahead = network(x + v * h).to_vector(), behind = network(x - v * h).to_vector();
  const auto derivative = jvp(network, x, v).derivative.to_vector();
  for (std::size_t i = 0; i < derivative.size(); ++i)
    CHECK(derivative[i] == doctest::Approx((ahead[i] - behind[i]) / (2 * h)).epsilon(1e-5));
}

TEST_CASE("products with the Jacobian serve several inputs and outputs") {
  const ListToListFunction f = [](const Inputs& v) { return Inputs{v[0] * v[1], exp(v[0])}; };
  const Inputs x{double_of({2}), double_of({3})}, v{double_of({1}), double_of({10})};
  const auto [values, along] = jvp(f, x, v);
  CHECK(values[0].item() == 6);
  CHECK(along[0].item() == 23);
  CHECK(along[1].item() == doctest::Approx(std::exp(2.0)));
  const auto back = vjp(f, x, {double_of({1}), double_of({0})});
  CHECK(back.derivatives[0].item() == 3);
  CHECK(back.derivatives[1].item() == 2);
}

TEST_CASE("directions and weights of a wrong shape are refused") {
  const Function f = [](const Tensor& x) { return x * 2; };
  const Tensor x = {1.0, 2.0};
  CHECK_THROWS_WITH_AS(vjp(f, x, Tensor{1.0}),
      "ValueError: vjp: u must have the shape of output (2,) (received float32 (1,))", ValueError);
  CHECK_THROWS_WITH_AS(jvp(f, x, Tensor{1.0}),
      "ValueError: jvp: v must have the shape of input (2,) (received float32 (1,))", ValueError);
  CHECK_THROWS_AS(hvp(f, x, Tensor{1.0}), ValueError);
}

TEST_CASE("a Jacobian is made of its products") {
  const Function f = [](const Tensor& x) { return matmul(square(x), x); };
  const Tensor x = random_tensor({2, 2}, 3), v = random_tensor({2, 2}, 4);
  const Tensor J = jacobian(f)(x);
  REQUIRE(J.shape() == Shape{2, 2, 2, 2});
  const Tensor product = sum(J * v, {2, 3});
  const auto expected = jvp(f, x, v).derivative.to_vector();
  for (std::size_t i = 0; i < 4; ++i) CHECK(product.to_vector()[i] == doctest::Approx(expected[i]));
}

TEST_CASE("the Hessian of Rosenbrock's valley") {
  const Tensor a = Tensor::from(Numbers{-1.2}, {}), b = Tensor::from(Numbers{1.0}, {});
  const auto H = hessian(rosenbrock)({a, b});
  CHECK(H[0][0].item() == doctest::Approx(1200 * 1.44 - 400 + 2));
  CHECK(H[0][1].item() == doctest::Approx(480));
  CHECK(H[1][0].item() == doctest::Approx(480));
  CHECK(H[1][1].item() == doctest::Approx(200));
}

TEST_CASE("hvp is the Hessian times v, and the difference of gradients along v") {
  const Function f = [](const Tensor& x) { return sum(exp(x) * square(x)) + square(sum(x)); };
  const Tensor x = random_tensor({4}, 5), v = random_tensor({4}, 6);
  const Tensor product = hvp(f, x, v), by_matrix = matmul(hessian(f)(x), v);
  const double h = 1e-5;
  const Tensor by_difference = (grad(f)(x + v * h) - grad(f)(x - v * h)) / (2 * h);
  for (Index i = 0; i < 4; ++i) {
    CHECK(product.at({i}) == doctest::Approx(by_matrix.at({i})).epsilon(1e-12));
    CHECK(product.at({i}) == doctest::Approx(by_difference.at({i})).epsilon(1e-7));
  }
  CHECK(hvp(rosenbrock, {double_of({-1.2}), double_of({1})}, {double_of({0}), double_of({1})})[0].item() ==
        doctest::Approx(480));
}

TEST_CASE("a custom gradient replaces the forward's own, and can be differentiated again") {
  const Function reversed = custom_gradient([](const Tensor& x) { return square(x); },
      [](const Tensor& x, const Tensor&, const Tensor& g) { return -(g * x * x); });
  const Tensor x = Tensor::from(Numbers{3}, {});
  CHECK(reversed(x).item() == 9);
  CHECK(grad(reversed)(x).item() == -9);
  CHECK(grad(grad(reversed))(x).item() == -6);
}

TEST_CASE("a custom gradient of a wrong shape or number is refused") {
  const Function f = custom_gradient([](const Tensor& x) { return square(x); },
      [](const Tensor&, const Tensor&, const Tensor& g) { return sum(g); });
  const Tensor x = {1.0, 2.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x),
      "ValueError: custom_gradient: the rule's gradient must have the shape of input (2,) (received float32 "
      "())",
      ValueError);
  const ListFunction g = custom_gradient([](const Inputs& v) { return v[0] + v[1]; },
      [](const Inputs&, const Tensor&, const Tensor& u) { return Inputs{u}; });
  CHECK_THROWS_AS(grad(g)({Tensor(1.0), Tensor(2.0)}), ValueError);
}

TEST_CASE("recompute_grad gives the same gradients, of inputs and of variables, to second order") {
  const Variable w(double_of({0.5, -1}), "w");
  const Function plain = [&w](const Tensor& x) { return sum(exp(x * w) * x); };
  const Function again = recompute_grad(plain);
  const Tensor x = double_of({1, 2});
  CHECK(grad(again)(x).to_vector() == grad(plain)(x).to_vector());
  CHECK(hessian(again)(x).to_vector() == hessian(plain)(x).to_vector());
  const auto of_variable = [&](const Function& f) {
    GradientTape tape;
    return tape.gradient(f(x), w).to_vector();
  };
  CHECK(of_variable(again) == of_variable(plain));
  const CheckedFunction checked = [&](const Inputs& v) { return again(v[0]); };
  const auto report = check_gradients(checked, {x}, {w});
  CHECK_MESSAGE(report.passed(), concat(report));
}

TEST_CASE(
    "recompute_grad runs its function once more for all inputs together, and keeps no more than the inputs") {
  int runs = 0;
  const ListFunction chain = [&runs](const Inputs& v) {
    ++runs;
    Tensor y = v[0] * v[1];
    for (int i = 0; i < 50; ++i) y = exp(y * 0.01);
    return y;
  };
  const Tensor a = {1.0}, b = {2.0};
  GradientTape tape;
  tape.watch(Inputs{a, b});
  const std::int64_t before = buffer_pool::statistics().live_blocks;
  const Tensor y = recompute_grad(chain)({a, b});
  CHECK(buffer_pool::statistics().live_blocks < before + 20);
  CHECK(tape.records().size() == 1);
  const auto g = tape.gradient(y, {a, b});
  CHECK(runs == 2);
  GradientTape plain;
  plain.watch(Inputs{a, b});
  const auto expected = plain.gradient(chain({a, b}), {a, b});
  CHECK(g[0].item() == expected[0].item());
  CHECK(g[1].item() == expected[1].item());
}
