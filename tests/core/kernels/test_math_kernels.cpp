// The functions of real numbers next to the C library in long double: arrays of any length, numbers of any size.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <xtape/core/kernels/gamma.hpp>
#include <xtape/core/kernels/math.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

using Real = long double;

// None, one, and those around one and two vectors of each dtype and instruction set.
constexpr Index lengths[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 500};

Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }
Real softplus(Real x) { return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x))); }
Real below(Real x) { return std::erfc(-x / std::sqrt(Real(2))) / 2; }
Real density(Real x) { return std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846264L); }
Real log_cosh(Real x) {
  const Real s = std::sinh(x / 2);
  return std::abs(x) < 1 ? std::log1p(2 * s * s)
                         : std::abs(x) + std::log1p(std::exp(-2 * std::abs(x))) - std::log(Real(2));
}
Real log_gamma(Real x) {
  int sign = 0;
  return ::lgammal_r(x, &sign);
}

struct Case {
  std::string name;
  Op op;
  Real (*f)(Real);
  double low, high;  ///< where numbers are drawn from mostly
};

const std::vector<Case>& all_functions() {
  static const std::vector<Case> cases{
      {"exp", Op::exp, [](Real x) { return std::exp(x); }, -90, 90},
      {"expm1", Op::expm1, [](Real x) { return std::expm1(x); }, -3, 3},
      {"log", Op::log, [](Real x) { return std::log(x); }, 0, 10},
      {"log1p", Op::log1p, [](Real x) { return std::log1p(x); }, -1, 10},
      {"sin", Op::sin, [](Real x) { return std::sin(x); }, -50, 50},
      {"cos", Op::cos, [](Real x) { return std::cos(x); }, -50, 50},
      {"tan", Op::tan, [](Real x) { return std::tan(x); }, -50, 50},
      {"arcsin", Op::arcsin, [](Real x) { return std::asin(x); }, -1, 1},
      {"arccos", Op::arccos, [](Real x) { return std::acos(x); }, -1, 1},
      {"arctan", Op::arctan, [](Real x) { return std::atan(x); }, -10, 10},
      {"sinh", Op::sinh, [](Real x) { return std::sinh(x); }, -10, 10},
      {"cosh", Op::cosh, [](Real x) { return std::cosh(x); }, -10, 10},
      {"tanh", Op::tanh, [](Real x) { return std::tanh(x); }, -5, 5},
      {"arcsinh", Op::arcsinh, [](Real x) { return std::asinh(x); }, -10, 10},
      {"arccosh", Op::arccosh, [](Real x) { return std::acosh(x); }, 1, 10},
      {"arctanh", Op::arctanh, [](Real x) { return std::atanh(x); }, -1, 1},
      {"erf", Op::erf, [](Real x) { return std::erf(x); }, -5, 5},
      {"lgamma", Op::lgamma, log_gamma, -5, 30},
      {"sigmoid", Op::sigmoid, logistic, -90, 40},
      {"softplus", Op::softplus, softplus, -90, 40},
      {"log_cosh", Op::log_cosh, log_cosh, -5, 5},
  };
  return cases;
}

template <class T>
T from_random_bits(std::mt19937& generator) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<T>(std::uniform_int_distribution<Bits>()(generator));
}

/// Numbers of [low, high], and some of any size, NaN and the like among them.
template <class T>
Guarded<T> numbers(Index n, double low, double high, std::mt19937& generator) {
  auto x = Guarded<T>::with_odd_numbers(n, generator);
  std::uniform_real_distribution<double> uniform(low, high);
  for (T& v : x) {
    const Index kind = pick(generator, 0, 9);
    if (kind < 7) v = static_cast<T>(uniform(generator));
    if (kind == 7) v = from_random_bits<T>(generator);
  }
  return x;
}

/// The distance in units of the last place of `expected`.
template <class T>
double units_apart(T found, Real expected) {
  if (std::isnan(expected)) return std::isnan(found) ? 0 : 1e30;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded) || std::isinf(found)) return rounded == found ? 0 : 1e30;
  int exponent = 0;
  std::frexp(expected, &exponent);
  const Real unit = std::max(std::ldexp(Real(1), exponent - std::numeric_limits<T>::digits),
      static_cast<Real>(std::numeric_limits<T>::denorm_min()));
  return static_cast<double>(std::abs(static_cast<Real>(found) - expected) / unit);
}

/// `y` is right to `terms`, the sum of the sizes of what is added, times so many epsilons.
template <class T>
bool near(T y, Real expected, Real terms, Real epsilons) {
  if (std::isnan(expected)) return std::isnan(y);
  const Real smallest = std::numeric_limits<T>::min();
  return std::abs(static_cast<Real>(y) - expected) <=
         epsilons * std::numeric_limits<T>::epsilon() * terms + smallest;
}

}  // namespace

TEST_CASE_TEMPLATE("functions of arrays of any length, and in place", T, float, double) {
  std::mt19937 generator(1);
  for (const Case& c : all_functions()) {
    CAPTURE(c.name);
    for (const Index n : lengths) {
      CAPTURE(n);
      const auto x = numbers<T>(n, c.low, c.high, generator);
      Guarded<T> y(n);
      auto in_place = x;
      function(c.op, x.data(), y.data(), n);
      function(c.op, in_place.data(), in_place.data(), n);
      T worst_x = 0, worst_y = 0;
      double worst = 0;
      bool in_place_too = true, signs_kept = true;
      for (Index i = 0; i < n; ++i) {
        const Real expected = c.f(static_cast<Real>(x[i]));
        const double error = units_apart(y[i], expected);
        if (error > worst) worst = error, worst_x = x[i], worst_y = y[i];
        in_place_too &= y[i] == in_place[i] || (std::isnan(y[i]) && std::isnan(in_place[i]));
        if (expected == 0) signs_kept &= std::signbit(y[i]) == std::signbit(expected);
      }
      CAPTURE(worst_x);
      CAPTURE(worst_y);
      CHECK(worst < 4);
      CHECK(signs_kept);
      CHECK(in_place_too);
      CHECK((y.guards_intact() && in_place.guards_intact()));
    }
  }
}

TEST_CASE_TEMPLATE("gelu and silu, which end far on the left, and their derivatives", T, float, double) {
  std::mt19937 generator(2);
  for (const Index n : lengths) {
    CAPTURE(n);
    const auto g = Guarded<T>::random(n, generator);
    auto x = Guarded<T>::random(n, generator);
    for (T& v : x) v *= T(pick(generator, 0, 1) == 0 ? 5 : 100);
    Guarded<T> gelu(n), silu(n), gelu_grad(n), silu_grad(n);
    function(Op::gelu, x.data(), gelu.data(), n);
    function(Op::silu, x.data(), silu.data(), n);
    function_grad(Op::gelu_grad, g.data(), x.data(), gelu_grad.data(), n);
    function_grad(Op::silu_grad, g.data(), x.data(), silu_grad.data(), n);
    for (Index i = 0; i < n; ++i) {
      const Real v = x[i], u = g[i], s = logistic(v), rest = logistic(-v);
      const Real gelu_terms = below(v) + std::abs(v) * density(v), silu_terms = s + std::abs(v) * s * rest;
      CAPTURE(v);
      const Real epsilons = 6 + v * v;  // e^(-x^2 / 2) makes that much of an error of x
      CHECK(near(gelu[i], v * below(v), std::abs(v * below(v)), v < 0 ? epsilons : 4));
      CHECK(near(silu[i], v * s, std::abs(v * s), 4));
      CHECK(near(gelu_grad[i], u * (below(v) + v * density(v)), std::abs(u) * gelu_terms, epsilons));
      CHECK(near(silu_grad[i], u * (s + v * s * rest), std::abs(u) * silu_terms, 6));
    }
    CHECK((gelu.guards_intact() && silu.guards_intact()));
    CHECK((gelu_grad.guards_intact() && silu_grad.guards_intact()));
  }
}

TEST_CASE_TEMPLATE("the crossentropy of logits, and its gradient", T, float, double) {
  std::mt19937 generator(3);
  for (const Index n : lengths) {
    CAPTURE(n);
    const auto g = Guarded<T>::random(n, generator);
    auto x = Guarded<T>::random(n, generator), z = Guarded<T>::random(n, generator);
    for (T& v : x) v *= T(30);
    for (T& v : z) v = pick(generator, 0, 1) == 0 ? std::abs(v) : std::round(std::abs(v));
    Guarded<T> y(n), u(n);
    sigmoid_crossentropy(x.data(), z.data(), y.data(), n);
    sigmoid_crossentropy_grad(g.data(), x.data(), z.data(), u.data(), n);
    for (Index i = 0; i < n; ++i) {
      const Real v = x[i], truth = z[i], s = logistic(v), rest = logistic(-v);
      CAPTURE(v);
      CAPTURE(truth);
      const Real loss = truth * softplus(-v) + (1 - truth) * softplus(v);
      CHECK(near(y[i], loss, loss, 6));
      const Real terms = (1 - truth) * s + truth * rest, gradient = (1 - truth) * s - truth * rest;
      CHECK(near(u[i], g[i] * gradient, std::abs(static_cast<Real>(g[i])) * terms, 6));
    }
    CHECK((y.guards_intact() && u.guards_intact()));
  }
}

namespace {

/// By the series over 1 / (x + k)^(order + 1) for all k >= 0, which holds on both sides of 0, and Euler and Maclaurin's
/// formula where it has come far.
Real polygamma_by_series(int order, Real x) {
  constexpr int far = 3000;
  const Real end = x + far, s = order + 1;
  Real sum = 0;
  for (int k = far - 1; k >= 0; --k) sum += std::pow(x + k, -s);
  if (order == 0) return std::log(end) - 1 / (2 * end) - 1 / (12 * end * end) - sum;
  sum += std::pow(end, 1 - s) / (s - 1) + std::pow(end, -s) / 2 + s * std::pow(end, -s - 1) / 12;
  return (order % 2 == 0 ? -1 : 1) * std::tgamma(s) * sum;
}

}  // namespace

TEST_CASE_TEMPLATE("the derivatives of ln gamma", T, float, double) {
  std::mt19937 generator(4);
  for (int order = 0; order < 5; ++order)
    for (const Index n : {0, 1, 7, 20}) {
      auto x = Guarded<T>::random(n, generator);
      for (T& v : x) {
        const T sizes[] = {
            T(5), T(40), T(1e-3), order < 2 ? T(1e-12) : T(1)};  // the small ones next to a pole
        v *= sizes[pick(generator, 0, 3)];
      }
      Guarded<T> y(n);
      polygamma(order, x.data(), y.data(), n);
      for (Index i = 0; i < n; ++i) {
        CAPTURE(order);
        CAPTURE(x[i]);
        const Real expected = polygamma_by_series(order, static_cast<Real>(x[i]));
        CHECK(near(y[i], expected, 1 + std::abs(expected), 40));
      }
      CHECK(y.guards_intact());
    }
}
