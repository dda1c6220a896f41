// The functions of real numbers against the C library in long double, and at the ends of the number line.
#include <doctest/doctest.h>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>

using namespace xtape;

namespace {

using Function = Tensor (*)(const Tensor&);
using Reference = long double (*)(long double);

struct Case {
  std::string name;
  Function function;
  Reference reference;
  double low, high;
};

const std::vector<Case>& all_functions() {
  using std::numeric_limits;
  static const std::vector<Case> cases{
      {"exp", exp, [](long double x) { return std::exp(x); }, -80, 80},
      {"expm1", expm1, [](long double x) { return std::expm1(x); }, -2, 2},
      {"log", log, [](long double x) { return std::log(x); }, 0.001, 10},
      {"log1p", log1p, [](long double x) { return std::log1p(x); }, -0.9, 10},
      {"sin", sin, [](long double x) { return std::sin(x); }, -20, 20},
      {"cos", cos, [](long double x) { return std::cos(x); }, -20, 20},
      {"tan", tan, [](long double x) { return std::tan(x); }, -1.5, 1.5},
      {"arcsin", arcsin, [](long double x) { return std::asin(x); }, -1, 1},
      {"arccos", arccos, [](long double x) { return std::acos(x); }, -1, 1},
      {"arctan", arctan, [](long double x) { return std::atan(x); }, -10, 10},
      {"sinh", sinh, [](long double x) { return std::sinh(x); }, -10, 10},
      {"cosh", cosh, [](long double x) { return std::cosh(x); }, -10, 10},
      {"tanh", tanh, [](long double x) { return std::tanh(x); }, -5, 5},
      {"arcsinh", arcsinh, [](long double x) { return std::asinh(x); }, -10, 10},
      {"arccosh", arccosh, [](long double x) { return std::acosh(x); }, 1, 10},
      {"arctanh", arctanh, [](long double x) { return std::atanh(x); }, -0.99, 0.99},
      {"erf", erf, [](long double x) { return std::erf(x); }, -4, 4},
      {"lgamma", lgamma, [](long double x) { return std::lgamma(x); }, 2.5, 30},
      {"sqrt", sqrt, [](long double x) { return std::sqrt(x); }, 0, 100},
      {"rsqrt", rsqrt, [](long double x) { return 1 / std::sqrt(x); }, 0.1, 100},
      {"reciprocal", reciprocal, [](long double x) { return 1 / x; }, 0.1, 100},
  };
  return cases;
}

// The distance in units of the last place of `expected`, which is a T but for its own rounding.
template <class T>
double units_apart(T actual, long double expected) {
  if (std::isnan(expected) || std::isnan(actual))
    return std::isnan(expected) == std::isnan(actual) ? 0 : 1e30;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded) || std::isinf(actual)) return rounded == actual ? 0 : 1e30;
  int exponent = 0;
  std::frexp(expected, &exponent);
  const long double unit = std::max(std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits),
      static_cast<long double>(std::numeric_limits<T>::denorm_min()));
  return static_cast<double>(std::abs(static_cast<long double>(actual) - expected) / unit);
}

template <class T>
double worst_units(const Case& c, const std::vector<T>& x) {
  const auto y = c.function(Tensor::from(x)).template to_vector<T>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, units_apart(y[i], c.reference(x[i])));
  return worst;
}

}  // namespace

TEST_CASE_TEMPLATE("functions are right to some units in the last place", T, float, double) {
  std::mt19937_64 generator(1);
  for (const Case& c : all_functions()) {
    std::uniform_real_distribution<double> far(c.low, c.high), near(-1e-3, 1e-3);
    std::vector<T> x;
    for (int i = 0; i < 20'003; ++i) x.push_back(static_cast<T>(far(generator)));
    if (c.low < 0)
      for (int i = 0; i < 2'000; ++i) x.push_back(static_cast<T>(near(generator)));
    CAPTURE(c.name);
    CHECK(worst_units(c, x) < 4);
  }
}

TEST_CASE_TEMPLATE("functions keep NaN, infinities, signed zeros and denormals", T, float, double) {
  using Limits = std::numeric_limits<T>;
  for (const Case& c : all_functions()) {
    for (const T x : {T(0), -T(0), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
             Limits::denorm_min(), -Limits::denorm_min(), Limits::min(), Limits::min() / 3, Limits::max(),
             Limits::lowest(), T(1), T(-1)}) {
      const T y = c.function(Tensor::from(std::vector<T>{x})).template data<T>()[0];
      const long double expected = c.reference(x);
      CAPTURE(c.name);
      CAPTURE(x);
      CAPTURE(y);
      CHECK(units_apart(y, expected) < 4);
      if (y == 0 && expected == 0) CHECK(std::signbit(y) == std::signbit(expected));
    }
  }
}

TEST_CASE_TEMPLATE("exp reaches denormals and the largest numbers", T, float, double) {
  const double tiny = std::log(double(std::numeric_limits<T>::min())),
               huge = std::log(double(std::numeric_limits<T>::max()));
  std::vector<T> x;
  for (double step = -16; step < 1.5; step += 0.01) x.push_back(static_cast<T>(tiny + step));
  for (double step = -1; step < 1; step += 0.01) x.push_back(static_cast<T>(huge + step));
  CHECK(worst_units(all_functions()[0], x) < 3);
}

TEST_CASE("a result does not depend on its place in the array") {
  std::vector<float> x(37);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1f * static_cast<float>(i) + 0.01f;
  for (const Case& c : all_functions()) {
    const auto whole = c.function(Tensor::from(x)).to_vector<float>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float alone = c.function(Tensor::from(std::vector<float>{x[i]})).data<float>()[0];
      CHECK((alone == whole[i] || (std::isnan(alone) && std::isnan(whole[i]))));
    }
  }
}

TEST_CASE("functions of integers are real numbers of the default dtype") {
  const Tensor k = Tensor::from(std::vector<std::int32_t>{0, 1, 2});
  CHECK(exp(k).dtype() == DType::float32);
  CHECK(exp(k).to_vector()[1] == doctest::Approx(std::exp(1.0)));
  CHECK(sqrt(k).to_vector()[2] == doctest::Approx(std::sqrt(2.0)));
  CHECK(digamma(k).dtype() == DType::float32);
  CHECK(arctan2(k, k).dtype() == DType::float32);
  CHECK(logaddexp(k, k).to_vector()[0] == doctest::Approx(std::log(2.0)));
}

TEST_CASE("empty tensors pass through every function") {
  for (const Case& c : all_functions()) CHECK(c.function(zeros({0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("digamma and polygamma have their known values") {
  const double gamma = 0.57721566490153286, pi = 3.14159265358979324, zeta_3 = 1.2020569031595943;
  const auto at = [](int order, double x) {
    return polygamma(order, Tensor::from(std::vector<double>{x})).item();
  };
  const auto close = [](double actual, double expected) {
    CHECK(std::abs(actual - expected) <= 2e-14 * std::max(1.0, std::abs(expected)));
  };
  close(at(0, 1), -gamma);
  close(at(0, 0.5), -gamma - 2 * std::log(2.0));
  close(at(0, 10), -gamma + 7129.0 / 2520);
  close(at(0, -0.5), -gamma - 2 * std::log(2.0) + 2);
  close(at(0, 1e10), std::log(1e10) - 0.5e-10);
  close(at(1, 1), pi * pi / 6);
  close(at(1, 0.5), pi * pi / 2);
  close(at(1, -0.5), pi * pi / 2 + 4);
  close(at(2, 1), -2 * zeta_3);
  close(at(3, 1), std::pow(pi, 4) / 15);
  close(at(2, -0.5), -14 * zeta_3 + 16);
  close(at(4, 2), -24 * (1.0369277551433699 - 1));
  CHECK(std::isnan(at(0, -3)));
  CHECK(at(1, -3) == std::numeric_limits<double>::infinity());
  CHECK(at(0, std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
  CHECK(at(1, std::numeric_limits<double>::infinity()) == 0);
  CHECK(std::isnan(at(1, std::numeric_limits<double>::quiet_NaN())));
  CHECK_THROWS_WITH_AS(polygamma(-1, Tensor{1.0}),
      "ValueError: polygamma: order must not be negative (received order=-1)", ValueError);
}

TEST_CASE_TEMPLATE("logaddexp and arctan2 agree with the C library, also at infinities", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> values{0, -T(0), 1, -2, 700, -700, inf, -inf, nan};
  for (const T a : values)
    for (const T b : values) {
      CAPTURE(a);
      CAPTURE(b);
      const Tensor p = Tensor::from(std::vector<T>{a}), q = Tensor::from(std::vector<T>{b});
      CHECK(units_apart(arctan2(p, q).template data<T>()[0],
                std::atan2(static_cast<long double>(a), static_cast<long double>(b))) < 2);
      const long double larger = std::max<long double>(a, b), smaller = std::min<long double>(a, b);
      long double sum = larger + std::log1p(std::exp(smaller - larger));
      if (std::isinf(larger)) sum = larger;
      if (std::isnan(a) || std::isnan(b)) sum = nan;
      CHECK(units_apart(logaddexp(p, q).template data<T>()[0], sum) < 3);
    }
}
