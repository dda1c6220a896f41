// Each optimizer's rule against its formula, written again for one weight at a time.
#include <array>
#include <cmath>
#include <functional>

#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/optim/optimizers/adadelta.hpp>
#include <xtape/optim/optimizers/adafactor.hpp>
#include <xtape/optim/optimizers/adagrad.hpp>
#include <xtape/optim/optimizers/adamax.hpp>
#include <xtape/optim/optimizers/adamw.hpp>
#include <xtape/optim/optimizers/ftrl.hpp>
#include <xtape/optim/optimizers/lamb.hpp>
#include <xtape/optim/optimizers/lion.hpp>
#include <xtape/optim/optimizers/muon.hpp>
#include <xtape/optim/optimizers/nadam.hpp>
#include <xtape/optim/optimizers/rmsprop.hpp>
#include <xtape/optim/optimizers/schedule_free_adamw.hpp>

using namespace xtape;

namespace {

/// What a rule keeps for one weight, all 0 at first.
using Kept = std::array<double, 3>;
/// Changes the weight w with its gradient g at step t.
using Rule = std::function<void(double& w, double g, double t, Kept& kept)>;

const std::vector<double> start{1, -2, 3, 0.5, -0.25, 2};
const std::vector<std::vector<double>> gradients{{1, -1, 0.5, 2, -3, 0.25}, {0.5, 0.5, -1, 1, 2, -2},
    {-2, 1, 1, 0.125, 0.5, 1}, {0, 3, -0.5, 0.25, 0.125, -1}};

double worst_difference(const Variable& w, const std::vector<double>& expected) {
  const std::vector<double> actual = w.current().to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(actual[i] - expected[i]));
  return worst;
}

void check_rule(const Optimizer& optimizer, const Rule& rule, const Kept& kept_at_first = {}) {
  CAPTURE(optimizer.type_name());
  const Variable w(Tensor::from(start, {6}), "w");
  std::vector<double> expected = start;
  std::vector<Kept> kept(start.size(), kept_at_first);
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    optimizer.apply({Tensor::from(gradients[step], {6})}, {w});
    for (std::size_t i = 0; i < start.size(); ++i)
      rule(expected[i], gradients[step][i], static_cast<double>(step) + 1, kept[i]);
    CHECK(worst_difference(w, expected) < 1e-13);
  }
}

double squared(double x) { return x * x; }

}  // namespace

TEST_CASE("RMSprop divides by the root mean square, or with centered by the standard deviation") {
  for (const bool centered : {false, true})
    for (const double momentum : {0.0, 0.5})
      check_rule(RMSprop({.learning_rate = 0.1,
                     .rho = 0.8,
                     .momentum = momentum,
                     .epsilon = 1e-3,
                     .centered = centered}),
          [=](double& w, double g, double, Kept& kept) {
        auto& [v, a, m] = kept;
        v = 0.8 * v + 0.2 * g * g;
        a = 0.8 * a + 0.2 * g;
        m = momentum * m + 0.1 * g / std::sqrt(v - (centered ? a * a : 0) + 1e-3);
        w -= m;
      });
}

TEST_CASE("AdamW decays the weights apart from Adam's step") {
  check_rule(AdamW({.learning_rate = 0.1, .weight_decay = 0.25}),
      [](double& w, double g, double t, Kept& kept) {
    auto& [m, v, unused] = kept;
    w -= 0.1 * 0.25 * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -= 0.1 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
  });
  CHECK_THROWS_WITH_AS(AdamW({.weight_decay = std::nullopt}),
      "ValueError: AdamW: weight_decay must be a number (received None)", ValueError);
}

TEST_CASE("Adadelta's steps are as large as its recent steps") {
  check_rule(Adadelta({.learning_rate = 1, .rho = 0.75, .epsilon = 1e-3}),
      [](double& w, double g, double, Kept& kept) {
    auto& [a, d, unused] = kept;
    a = 0.75 * a + 0.25 * g * g;
    const double step = std::sqrt((d + 1e-3) / (a + 1e-3)) * g;
    d = 0.75 * d + 0.25 * step * step;
    w -= step;
  });
}

TEST_CASE("Adagrad divides by the root of all squares so far") {
  check_rule(
      Adagrad({.learning_rate = 0.5, .initial_accumulator_value = 0.25}),
      [](double& w, double g, double, Kept& kept) {
    kept[0] += g * g;
    w -= 0.5 * g / std::sqrt(kept[0] + 1e-7);
      },
      {0.25});
  CHECK_THROWS_WITH_AS(Adagrad({.initial_accumulator_value = -1}),
      "ValueError: Adagrad: initial_accumulator_value must be at least 0 (received "
      "initial_accumulator_value=-1)",
      ValueError);
}

TEST_CASE("Adamax divides by the largest gradient, which fades") {
  check_rule(Adamax({.learning_rate = 0.1, .beta_2 = 0.5}), [](double& w, double g, double t, Kept& kept) {
    auto& [m, u, unused] = kept;
    m = 0.9 * m + 0.1 * g;
    u = std::max(0.5 * u, std::abs(g));
    w -= 0.1 / (1 - std::pow(0.9, t)) * m / (u + 1e-7);
  });
}

TEST_CASE("Nadam's momentum rises with the steps and looks one step ahead") {
  const auto u = [](double t) { return 0.9 * (1 - 0.5 * std::pow(0.96, t)); };
  check_rule(
      Nadam({.learning_rate = 0.1}),
      [=](double& w, double g, double t, Kept& kept) {
    auto& [m, v, product] = kept;
    product *= u(t);
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double m_hat = u(t + 1) * m / (1 - product * u(t + 1)) + (1 - u(t)) * g / (1 - product);
    w -= 0.1 * m_hat / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-7);
      },
      {0, 0, 1});
}

TEST_CASE("Ftrl keeps weights at zero that gain less than l1") {
  check_rule(
      Ftrl({.learning_rate = 0.5,
          .learning_rate_power = -0.25,
          .initial_accumulator_value = 0.5,
          .l1_regularization_strength = 0.5,
          .l2_regularization_strength = 0.25,
          .l2_shrinkage_regularization_strength = 0.125,
          .beta = 0.75}),
      [](double& w, double g, double, Kept& kept) {
    auto& [n, z, unused] = kept;
    const double before = std::pow(n, 0.25), after = std::pow(n + g * g, 0.25);
    z += g + 2 * 0.125 * w - (after - before) / 0.5 * w;
    n += g * g;
    const double beyond = std::abs(z) > 0.5 ? std::copysign(std::abs(z) - 0.5, z) : 0;
    w = -beyond / (after / 0.5 + 2 * 0.25 + 0.75 / 0.5);
      },
      {0.5});
  CHECK_THROWS_WITH_AS(Ftrl({.learning_rate_power = 0.5}),
      "ValueError: Ftrl: learning_rate_power must be at most 0 (received learning_rate_power=0.5)",
      ValueError);
}

TEST_CASE("Lion's steps have one size") {
  check_rule(Lion({.learning_rate = 0.1, .beta_2 = 0.75}), [](double& w, double g, double, Kept& kept) {
    const double direction = 0.9 * kept[0] + 0.1 * g;
    if (direction != 0) w -= std::copysign(0.1, direction);
    kept[0] = 0.75 * kept[0] + 0.25 * g;
  });
  CHECK_THROWS_WITH_AS(
      Lion({.beta_1 = 0}), "ValueError: Lion: beta_1 must lie in (0, 1] (received beta_1=0)", ValueError);
}

TEST_CASE("ScheduleFreeAdamW keeps the weights between its steps and their mean") {
  const ScheduleFreeAdamW optimizer({.learning_rate = 0.1, .beta_1 = 0.75, .warmup_steps = 3});
  const Variable w(Tensor::from(start, {6}), "w");
  std::vector<double> z = start, x = start, v(6), y(6);
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    optimizer.apply({Tensor::from(gradients[step], {6})}, {w});
    const double t = static_cast<double>(step) + 1;
    for (std::size_t i = 0; i < 6; ++i) {
      v[i] = 0.999 * v[i] + 0.001 * squared(gradients[step][i]);
      z[i] -= 0.1 * std::min(1.0, t / 3) * gradients[step][i] /
              (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      x[i] += (z[i] - x[i]) / t;
      y[i] = 0.25 * z[i] + 0.75 * x[i];
    }
    CHECK(worst_difference(w, y) < 1e-13);
  }
  optimizer.swap_to_eval();
  CHECK(worst_difference(w, x) < 1e-13);
  optimizer.swap_to_train();
  CHECK(worst_difference(w, y) < 1e-13);
}

TEST_CASE("Lamb's first step is as long as the weights times the learning rate") {
  const Variable w(Tensor::from(start, {2, 3}), "w");
  Lamb({.learning_rate = 0.125}).apply({Tensor::from(gradients[0], {2, 3})}, {w});
  double length = 0, moved = 0;  // Adam's first step is 1 in each direction, up to epsilon
  const std::vector<double> after = w.current().to_vector();
  for (std::size_t i = 0; i < 6; ++i) {
    length += squared(start[i]);
    moved += squared(after[i] - start[i]);
    CHECK((after[i] - start[i]) * gradients[0][i] < 0);
  }
  CHECK(std::sqrt(moved) == doctest::Approx(0.125 * std::sqrt(length)).epsilon(1e-12));
}

TEST_CASE("Adafactor's mean square of rows and columns is exact for gradients that are a product") {
  // g[i][j] = a[i] b[j] has g^2 / v = 1 everywhere, so each element moves by the same length.
  const Variable w(Tensor::from(start, {2, 3}), "w");
  Adafactor({.learning_rate = 0.01}).apply({Tensor::from<double>({2, -4, 6, 1, -2, 3}, {2, 3})}, {w});
  double square_of_w = 0;
  for (const double v : start) square_of_w += v * v / 6;
  const std::vector<double> after = w.current().to_vector();
  const std::vector<double> signs{1, -1, 1, 1, -1, 1};
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(start[i] - after[i] == doctest::Approx(signs[i] * 0.01 * std::sqrt(square_of_w)).epsilon(1e-12));
}

TEST_CASE("Muon's steps are nearly orthogonal for matrices, and Adam's for everything else") {
  const auto step = [](const Shape& shape, const std::string& name, const MuonConfig& config) {
    const Variable w(zeros(shape, DType::float64), name);
    Muon(config).apply({Tensor::from(gradients[0], shape)}, {w});
    return w.current().to_vector();
  };
  const std::vector<double> d = step({2, 3}, "kernel", {.learning_rate = 1, .rms_rate = std::nullopt});
  const double rows_apart = d[0] * d[3] + d[1] * d[4] + d[2] * d[5];
  CHECK(std::abs(rows_apart) < 0.4);
  for (const int row : {0, 1}) {
    const double* r = d.data() + 3 * row;
    CHECK(std::hypot(r[0], r[1], r[2]) == doctest::Approx(1).epsilon(0.35));
  }
  for (const double v : step({6}, "bias", {.learning_rate = 0.5}))
    CHECK(std::abs(v) == doctest::Approx(0.5).epsilon(1e-3));
  for (const double v : step({2, 3}, "Embeddings", {.learning_rate = 0.5}))
    CHECK(std::abs(v) == doctest::Approx(0.5).epsilon(1e-3));
  for (const double v :
      step({2, 3}, "output/kernel", {.learning_rate = 0.5, .exclude_layers = {"^out"}, .adam_lr_ratio = 0.5}))
    CHECK(std::abs(v) == doctest::Approx(0.25).epsilon(1e-3));
  CHECK_THROWS_AS(Muon({.exclude_layers = {"("}}), ValueError);
}
