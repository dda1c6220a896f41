#include <cmath>

#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/sgd.hpp>

using namespace xtape;

namespace {

Variable variable(std::vector<double> values, const Shape& shape, const std::string& name) {
  return Variable(Tensor::from(values, shape), name);
}

double largest_difference(const Tensor& a, const std::vector<double>& b) {
  const std::vector<double> v = a.to_vector();
  REQUIRE(v.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < b.size(); ++i) worst = std::max(worst, std::abs(v[i] - b[i]));
  return worst;
}

/// Two variables of different shapes and three gradients for each: what every rule below is run on.
struct Problem {
  std::vector<double> w{1, -2, 3, 0.5, -0.25, 2}, u{-1, 4};
  std::vector<std::vector<double>> gw{
      {1, -1, 0.5, 2, -3, 0.25}, {0.5, 0.5, -1, 1, 2, -2}, {-2, 1, 1, 0.125, 0.5, 1}};
  std::vector<std::vector<double>> gu{{2, -0.5}, {-1, 1}, {3, 0.25}};
};

/// Runs the optimizer on the problem and compares it, after each step, with `rule(w, g, step)`, which changes one list.
template <class Rule>
void check_rule(const Optimizer& optimizer, Rule rule_w, Rule rule_u) {
  Problem p;
  const Variable w = variable(p.w, {2, 3}, "w"), u = variable(p.u, {2}, "u");
  for (std::size_t step = 0; step < 3; ++step) {
    optimizer.apply({Tensor::from(p.gw[step], {2, 3}), Tensor::from(p.gu[step], {2})}, {w, u});
    rule_w(p.w, p.gw[step], static_cast<int>(step) + 1);
    rule_u(p.u, p.gu[step], static_cast<int>(step) + 1);
    CHECK(largest_difference(w, p.w) < 1e-14);
    CHECK(largest_difference(u, p.u) < 1e-14);
  }
  CHECK(optimizer.iterations() == 3);
}

}  // namespace

TEST_CASE("SGD steps against the gradient") {
  const auto rule = [](std::vector<double>& w, const std::vector<double>& g, int) {
    for (std::size_t i = 0; i < w.size(); ++i) w[i] -= 0.125 * g[i];
  };
  check_rule(SGD({.learning_rate = 0.125}), rule, rule);
}

TEST_CASE("SGD with momentum repeats its last step; with nesterov it looks ahead") {
  for (const bool nesterov : {false, true}) {
    const auto make_rule = [&] {
      return [m = std::vector<double>(6), nesterov](
                 std::vector<double>& w, const std::vector<double>& g, int) mutable {
        for (std::size_t i = 0; i < w.size(); ++i) {
          m[i] = 0.75 * m[i] - 0.125 * g[i];
          w[i] += nesterov ? 0.75 * m[i] - 0.125 * g[i] : m[i];
        }
      };
    };
    check_rule(
        SGD({.learning_rate = 0.125, .momentum = 0.75, .nesterov = nesterov}), make_rule(), make_rule());
  }
}

TEST_CASE(
    "Adam follows the paper, its bias corrections advance once a step, and amsgrad never forgets a large "
    "gradient") {
  for (const bool amsgrad : {false, true}) {
    const auto make_rule = [&] {
      return [m = std::vector<double>(6), v = std::vector<double>(6), top = std::vector<double>(6), amsgrad](
                 std::vector<double>& w, const std::vector<double>& g, int t) mutable {
        for (std::size_t i = 0; i < w.size(); ++i) {
          m[i] = 0.9 * m[i] + 0.1 * g[i];
          v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
          top[i] = std::max(top[i], v[i]);
          const double root = std::sqrt(amsgrad ? top[i] : v[i]) + 1e-7;
          w[i] -= 0.01 * std::sqrt(1 - std::pow(0.99, t)) / (1 - std::pow(0.9, t)) * m[i] / root;
        }
      };
    };
    check_rule(Adam({.learning_rate = 0.01, .beta_2 = 0.99, .amsgrad = amsgrad}), make_rule(), make_rule());
  }
}

TEST_CASE("weight decay shrinks every weight before its update, but for those that are excluded") {
  const SGD optimizer({.learning_rate = 0.5, .weight_decay = 0.25});
  const Variable kernel = variable({4}, {1}, "kernel"), bias = variable({4}, {1}, "bias");
  optimizer.exclude_from_weight_decay({}, {"bias"});
  const Tensor g = Tensor::from<double>(std::vector<double>{1}, {1});
  optimizer.apply({g, g}, {kernel, bias});
  CHECK(kernel.current().item() == doctest::Approx(4 - 4 * 0.25 * 0.5 - 0.5));
  CHECK(bias.current().item() == doctest::Approx(4 - 0.5));
  CHECK_THROWS_AS(optimizer.exclude_from_weight_decay({kernel}), StateError);
}

TEST_CASE("gradients are clipped by their own norm, by their common norm, or by value") {
  const Tensor g1 = Tensor::from<double>(std::vector<double>{3, 4}, {2}),
               g2 = Tensor::from<double>(std::vector<double>{0, 12}, {2});
  const auto step = [&](const SGD& optimizer) {
    const Variable a = variable({0, 0}, {2}, "a"), b = variable({0, 0}, {2}, "b");
    optimizer.apply({g1, g2}, {a, b});
    std::vector<double> moved;
    for (const Variable& v : {a, b})
      for (const double x : v.current().to_vector()) moved.push_back(-x);
    return moved;
  };
  const auto near = [](const std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-14));
  };
  near(step(SGD({.learning_rate = 1, .clipnorm = 1})), {0.6, 0.8, 0, 1});
  near(step(SGD({.learning_rate = 1, .clipvalue = 3.5})), {3, 3.5, 0, 3.5});
  near(step(SGD({.learning_rate = 1, .global_clipnorm = 1})), {3. / 13, 4. / 13, 0, 12. / 13});
  near(step(SGD({.learning_rate = 1, .global_clipnorm = 100})), {3, 4, 0, 12});
}

TEST_CASE("moving averages follow the weights and can replace them") {
  const SGD optimizer({.learning_rate = 1, .use_ema = true, .ema_momentum = 0.75});
  const Variable w = variable({0}, {1}, "w");
  const Tensor g = Tensor::from<double>(std::vector<double>{-1}, {1});
  for (int i = 0; i < 3; ++i) optimizer.apply({g}, {w});
  CHECK(w.current().item() == 3);
  optimizer.finalize_variable_values({w});
  CHECK(w.current().item() == doctest::Approx(0.75 * (0.75 * 1 + 0.25 * 2) + 0.25 * 3));
}

TEST_CASE("accumulated gradients make one update of their mean") {
  const SGD optimizer({.learning_rate = 1, .gradient_accumulation_steps = 2});
  const Variable w = variable({0}, {1}, "w");
  optimizer.apply({Tensor::from<double>(std::vector<double>{1}, {1})}, {w});
  CHECK(w.current().item() == 0);
  CHECK(optimizer.iterations() == 0);
  optimizer.apply({Tensor::from<double>(std::vector<double>{3}, {1})}, {w});
  CHECK(w.current().item() == -2);
  CHECK(optimizer.iterations() == 1);
}

TEST_CASE("a training resumed from the optimizer's saved state goes on as if it had not stopped") {
  const auto gradient = [](int step) {
    return Tensor::from<double>(std::vector<double>{std::sin(step), std::cos(step)}, {2});
  };
  const Adam whole({.learning_rate = 0.1, .amsgrad = true});
  const Variable w = variable({1, 2}, {2}, "w");
  for (int step = 0; step < 3; ++step) whole.apply({gradient(step)}, {w});
  std::vector<Tensor> saved;
  for (const Variable& v : whole.variables()) saved.push_back(v.current().detached());
  const Tensor saved_w = w.current().detached();
  for (int step = 3; step < 6; ++step) whole.apply({gradient(step)}, {w});

  const Adam resumed({.learning_rate = 0.5, .amsgrad = true});
  const Variable w2(saved_w, "w");
  resumed.build({w2});
  const std::vector<Variable> state = resumed.variables();
  REQUIRE(state.size() == saved.size());
  for (std::size_t i = 0; i < state.size(); ++i) state[i].assign(saved[i]);
  for (int step = 3; step < 6; ++step) resumed.apply({gradient(step)}, {w2});
  CHECK(w2.current().to_vector() == w.current().to_vector());
}

TEST_CASE("the learning rate may be a function of the step") {
  const SGD optimizer({.learning_rate = [](std::int64_t step) { return step < 1 ? 1.0 : 0.25; }});
  const Variable w = variable({0}, {1}, "w");
  const Tensor g = Tensor::from<double>(std::vector<double>{-1}, {1});
  optimizer.apply({g}, {w});
  optimizer.apply({g}, {w});
  CHECK(w.current().item() == 1.25);
  CHECK_THROWS_WITH_AS(optimizer.set_learning_rate(0.1),
      "StateError: sgd: learning_rate is a schedule and cannot be set", StateError);
}

TEST_CASE("constraints are applied after the update") {
  const Variable w = variable({1}, {1}, "w");
  w.set_constraint([](const Tensor& v) { return full_like(v, 7); });
  SGD({.learning_rate = 1}).apply({Tensor::from<double>(std::vector<double>{1}, {1})}, {w});
  CHECK(w.current().item() == 7);
}

TEST_CASE("a tensor taken from a variable does not change when the variable is updated") {
  const Variable w = variable({1, 2}, {2}, "w");
  const Tensor before = w.current();
  SGD({.learning_rate = 1}).apply({Tensor::from<double>(std::vector<double>{1, 1}, {2})}, {w});
  CHECK(before.to_vector() == std::vector<double>{1, 2});
  CHECK(w.current().to_vector() == std::vector<double>{0, 1});
}

TEST_CASE("optimizers refuse what does not fit, and change nothing") {
  const SGD optimizer({.learning_rate = 1});
  const Variable w = variable({1, 2}, {2}, "w"), u = variable({1}, {1}, "u");
  const Tensor two = Tensor::from<double>(std::vector<double>{1, 1}, {2});
  CHECK_THROWS_WITH_AS(optimizer.apply({two, two}, {w, u}),
      "ValueError: sgd: the gradient of \"u\" must have shape (1,) (received (2,))", ValueError);
  CHECK(w.current().to_vector() == std::vector<double>{1, 2});
  CHECK_THROWS_WITH_AS(optimizer.apply({two}, {w, u}),
      "ValueError: sgd: apply needs one gradient a variable (received 1 gradients for 2 variables)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      optimizer.apply({Tensor()}, {w}), "ValueError: sgd: no variable has a gradient", ValueError);
  CHECK_THROWS_AS(SGD({.clipnorm = 1, .clipvalue = 1}), ValueError);
  CHECK_THROWS_WITH_AS(SGD({.momentum = 1.5}),
      "ValueError: SGD: momentum must lie in [0, 1] (received momentum=1.5)", ValueError);
  CHECK_THROWS_WITH_AS(
      SGD({.clipnorm = -1}), "ValueError: SGD: clipnorm must be positive (received clipnorm=-1)", ValueError);
  CHECK_THROWS_AS(AnyOptimizer("adamm"), ValueError);
  CHECK(AnyOptimizer("adam")->type_name() == "Adam");
}
