#include <doctest/doctest.h>
#include <cmath>
#include <limits>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;
using Values = std::vector<double>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double undefined = std::numeric_limits<double>::quiet_NaN();

template <class T>
Tensor array(std::initializer_list<double> values) {
  std::vector<T> converted;
  for (const double v : values) converted.push_back(static_cast<T>(v));
  return Tensor::from(converted);
}

bool same(const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = std::isnan(a[i]) && std::isnan(b[i]);
    if (!both_nan && (a[i] != b[i] || std::signbit(a[i]) != std::signbit(b[i]))) return false;
  }
  return true;
}
bool same(const Tensor& a, const Values& b) { return same(a.to_vector(), b); }

// d sum(f(x)) / dx
template <class F>
Tensor gradient_at(F f, const Tensor& x) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x);
}
template <class F>
std::pair<Tensor, Tensor> gradients_at(F f, const Tensor& a, const Tensor& b) {
  GradientTape tape;
  tape.watch(a);
  tape.watch(b);
  const Tensor y = f(a, b);
  const auto g = tape.gradient(y, std::vector<Tensor>{a, b});
  return {g[0], g[1]};
}

}  // namespace

TEST_CASE_TEMPLATE("arithmetic of real numbers follows IEEE 754", T, float, double) {
  const Tensor a = array<T>({1, -2, inf, -inf, undefined, 0}), b = array<T>({2, 0.5, inf, 1, 1, 0});
  CHECK(same(add(a, b), {3, -1.5, inf, -inf, undefined, 0}));
  CHECK(same(subtract(a, b), {-1, -2.5, undefined, -inf, undefined, 0}));
  CHECK(same(multiply(a, b), {2, -1, inf, -inf, undefined, 0}));
  CHECK(same(divide(a, b), {0.5, -4, undefined, -inf, undefined, undefined}));
  CHECK(same(negative(a), {-1, 2, -inf, inf, undefined, -0.0}));
  CHECK(same(abs(a), {1, 2, inf, inf, undefined, 0}));
  CHECK(same(sign(array<T>({3, -2, inf, -inf, undefined, 0, -0.0})), {1, -1, 1, -1, undefined, 0, 0}));
  CHECK(same(square(a), {1, 4, inf, inf, undefined, 0}));
  const T tiny = std::numeric_limits<T>::denorm_min();
  CHECK(add(array<T>({double(tiny)}), array<T>({double(tiny)})).template data<T>()[0] == 2 * tiny);
}

TEST_CASE_TEMPLATE("add_n adds in the order of the list", T, float, double) {
  std::vector<Tensor> terms;
  for (int k = 0; k < 5; ++k) {
    std::vector<T> values(5000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(k + 1) / static_cast<T>(i + 3);
    terms.push_back(Tensor::from(values));
  }
  Tensor one_by_one = terms[0];
  for (std::size_t k = 1; k < terms.size(); ++k) one_by_one = add(one_by_one, terms[k]);
  CHECK(add_n(terms).to_vector() == one_by_one.to_vector());
  CHECK(same(add_n({array<T>({inf, 1, undefined}), array<T>({-inf, inf, 1})}), {undefined, inf, undefined}));
}

TEST_CASE("add_n takes any number of tensors of one shape and dtype") {
  const Tensor big = Tensor::from(std::vector<std::int32_t>{2147483647, 1});
  CHECK(add_n({big, big, big}).to_vector() == std::vector<double>{2147483645, 3});
  CHECK(add_n({big}).to_vector() == big.to_vector());
  CHECK_THROWS_WITH_AS(add_n({}), "ValueError: add_n: needs at least one tensor", ValueError);
  CHECK_THROWS_AS(add_n({zeros({2}), zeros({1, 2})}), ValueError);
  CHECK_THROWS_AS(add_n({zeros({2}), zeros({2}, DType::float64)}), ValueError);
  CHECK_THROWS_AS(add_n({zeros({2}, DType::boolean)}), TypeError);
}

TEST_CASE_TEMPLATE("maximum and minimum pass NaN on from either side", T, float, double) {
  const Tensor a = array<T>({1, undefined, 1, -inf, inf}), b = array<T>({2, 1, undefined, 3, 3});
  CHECK(same(maximum(a, b), {2, undefined, undefined, 3, inf}));
  CHECK(same(minimum(a, b), {1, undefined, undefined, -inf, 3}));
}

TEST_CASE_TEMPLATE("mod has the sign of the divisor", T, float, double) {
  const Tensor a = array<T>({7, -7, 7, -7, 6, -6, 1, inf, 5, -5});
  const Tensor b = array<T>({4, 4, -4, -4, 3, 3, 0, 2, inf, inf});
  CHECK(same(mod(a, b), {3, 1, -1, -3, 0, 0, undefined, undefined, 5, inf}));
}

TEST_CASE_TEMPLATE("rounding goes to even neighbours and leaves infinities", T, float, double) {
  const Tensor x = array<T>({0.5, 1.5, 2.5, -0.5, -1.5, 2.4, inf, undefined, 1e10});
  CHECK(same(round(x), {0, 2, 2, -0.0, -2, 2, inf, undefined, 1e10}));
  CHECK(same(floor(array<T>({1.5, -1.5, -0.0, inf})), {1, -2, -0.0, inf}));
  CHECK(same(ceil(array<T>({1.5, -1.5, -0.5, -inf})), {2, -1, -0.0, -inf}));
  CHECK(round(array<T>({3.14159}), 2).item() == doctest::Approx(3.14));
  CHECK(round(array<T>({1250}), -2).item() == 1200);
  CHECK(same(round(Tensor::from(std::vector<std::int32_t>{1250, 1350, -1249}), -2), {1200, 1400, -1200}));
}

TEST_CASE_TEMPLATE("power follows the C library", T, float, double) {
  const auto agrees = [](double actual, double expected) {
    if (std::isnan(expected)) return std::isnan(actual);
    return actual == expected || std::abs(actual - expected) <= 1e-6 * std::abs(expected);
  };
  for (const double a : {0.0, 0.5, 1.0, 2.0, -2.0, inf, -inf})
    for (const double b : {-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 2.5}) {
      CAPTURE(a);
      CAPTURE(b);
      const double expected = std::pow(static_cast<T>(a), static_cast<T>(b));
      const Tensor p = array<T>({a, a}), q = array<T>({b, b});
      CHECK(agrees(power(p, q).to_vector()[0], expected));
      // A single exponent of 1/2 is a root, which is NaN for -inf.
      CHECK(agrees(power(p, b).to_vector()[1], b == 0.5 ? std::sqrt(a) : expected));
    }
}

TEST_CASE("arithmetic of integers stays in integers, but division does not") {
  const Tensor a = Tensor::from(std::vector<std::int32_t>{7, -7, 0}),
               b = Tensor::from(std::vector<std::int32_t>{2, 2, 0});
  CHECK(add(a, b).dtype() == DType::int32);
  CHECK(same(mod(a, b), {1, 1, 0}));
  const Tensor lowest = Tensor::from(std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::min()});
  CHECK(mod(lowest, Tensor::from(std::vector<std::int32_t>{-1})).item() == 0);
  CHECK(same(power(a, 3), {343, -343, 0}));
  CHECK(same(power(2, Tensor::from(std::vector<std::int64_t>{0, 1, 40})), {1, 2, 1099511627776.0}));
  CHECK(divide(a, b).dtype() == DType::float32);
  CHECK(same(divide(a, 2), {3.5, -3.5, 0}));
  CHECK(same(abs(a), {7, 7, 0}));
  CHECK(same(sign(a), {1, -1, 0}));
  CHECK(floor(a).dtype() == DType::int32);
  CHECK(same(clip(a, -1, 5), {5, -1, 0}));
  CHECK(same(clip(a, -inf, 5), {5, -7, 0}));
  CHECK(clip(a, -0.5, 5).dtype() == DType::float32);
  CHECK_THROWS_WITH_AS(power(a, -1),
      "ValueError: power: integers cannot be raised to negative integer powers (received -1)", ValueError);
}

TEST_CASE("integers wrap around where a result does not fit") {
  const double low = std::numeric_limits<std::int32_t>::min(),
               high = std::numeric_limits<std::int32_t>::max();
  const Tensor k = Tensor::from(std::vector<std::int32_t>{
      std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  CHECK(same(add(k, 1), {low + 1, low}));
  CHECK(same(subtract(k, 1), {high, high - 1}));
  CHECK(same(multiply(k, 2), {0, -2}));
  CHECK(same(negative(k), {low, -high}));
  CHECK(same(abs(k), {low, high}));
  CHECK(same(square(k), {0, 1}));
}

TEST_CASE("dtypes are promoted to the wider one, and bare numbers give way") {
  const Tensor i = Tensor::from(std::vector<std::int32_t>{1}), l = Tensor::from(std::vector<std::int64_t>{1});
  const Tensor f = Tensor::from(std::vector<float>{1}), d = Tensor::from(std::vector<double>{1});
  const Tensor b = Tensor::from(std::vector<bool>{true});
  CHECK(add(b, i).dtype() == DType::int32);
  CHECK(add(i, l).dtype() == DType::int64);
  CHECK(add(l, f).dtype() == DType::float32);
  CHECK(add(f, d).dtype() == DType::float64);
  CHECK(add(f, 2.5).dtype() == DType::float32);
  CHECK(add(d, 2).dtype() == DType::float64);
  CHECK(add(l, 2).dtype() == DType::int64);
  CHECK(add(i, 2.5).dtype() == DType::float32);
  CHECK(multiply(d, 0.1).item() == 0.1);  // not by way of float32
  CHECK(where(b, d, 0.1).dtype() == DType::float64);
}

TEST_CASE("booleans add and multiply, but have no sign") {
  const Tensor a = Tensor::from(std::vector<bool>{true, true, false}),
               b = Tensor::from(std::vector<bool>{true, false, false});
  CHECK(same(add(a, b), {1, 1, 0}));
  CHECK(add(a, b).dtype() == DType::boolean);
  CHECK(same(multiply(a, b), {1, 0, 0}));
  CHECK(same(maximum(a, b), {1, 1, 0}));
  CHECK_THROWS_WITH_AS(
      subtract(a, b), "TypeError: subtract: dtype must be a number's (received bool)", TypeError);
  CHECK_THROWS_WITH_AS(
      negative(a), "TypeError: negative: dtype must be a number's (received bool)", TypeError);
  CHECK_THROWS_WITH_AS(abs(a), "TypeError: abs: dtype must be a number's (received bool)", TypeError);
}

TEST_CASE("comparisons answer with booleans, and NaN equals nothing") {
  const Tensor a = {1.0, 2.0, undefined}, b = {1.0, 3.0, undefined};
  CHECK(equal(a, b).dtype() == DType::boolean);
  CHECK(same(equal(a, b), {1, 0, 0}));
  CHECK(same(not_equal(a, b), {0, 1, 1}));
  CHECK(same(less(a, b), {0, 1, 0}));
  CHECK(same(less_equal(a, b), {1, 1, 0}));
  CHECK(same(greater(b, a), {0, 1, 0}));
  CHECK(same(greater_equal(b, a), {1, 1, 0}));
  CHECK(less(Tensor{{1}, {2}}, Tensor{1, 2, 3}).shape() == Shape{2, 3});
  CHECK(same(logical_and(a, Tensor{0, 1, 1}), {0, 1, 1}));
  CHECK(same(logical_or(Tensor{0, 0, 2}, Tensor{0, 1, 1}), {0, 1, 1}));
  CHECK(same(logical_xor(Tensor{0, 0, 2}, Tensor{0, 1, 1}), {0, 1, 0}));
  CHECK(same(logical_not(Tensor{0, 0.5, undefined}), {1, 0, 0}));
  const Tensor x = {1.0, inf, -inf, undefined};
  CHECK(same(isnan(x), {0, 0, 0, 1}));
  CHECK(same(isinf(x), {0, 1, 1, 0}));
  CHECK(same(isfinite(x), {1, 0, 0, 0}));
  const Tensor k = Tensor::from(std::vector<std::int64_t>{1});
  CHECK(same(isnan(k), {0}));
  CHECK(same(isinf(k), {0}));
  CHECK(same(isfinite(k), {1}));
}

TEST_CASE("where broadcasts all three of its inputs") {
  const Tensor condition = Tensor::from(std::vector<bool>{true, false}, {2, 1});
  const Tensor y = where(condition, Tensor{1, 2, 3}, -1);
  CHECK(y.shape() == Shape{2, 3});
  CHECK(same(y, {1, 2, 3, -1, -1, -1}));
  CHECK(same(where(Tensor::from(std::vector<bool>{true, false}), 1, 2), {1, 2}));
  CHECK(same(where(true, Tensor{{1}, {2}}, Tensor{5, 6}), {1, 1, 2, 2}));
  CHECK(where(zeros({0, 1}), ones({3}), 2.0).shape() == Shape{0, 3});
  CHECK_THROWS_WITH_AS(where(zeros({2}), ones({3}), 1),
      "ValueError: where: shapes must be equal or broadcast (received (2,) and (3,))", ValueError);
}

TEST_CASE("what where does not choose gets no gradient, even if it is NaN") {
  const Tensor x = {-1.0, 4.0};
  const Tensor g =
      gradient_at([](const Tensor& v) { return where(greater(v, 0), sqrt(maximum(v, 1e-30)), 0); }, x);
  CHECK(same(g, {0, 0.25}));
}

TEST_CASE("cast cuts fractions off and holds what is too large at the ends") {
  const Tensor x = {1.9, -1.9, 1e20, -1e20, undefined, inf};
  const double largest = std::numeric_limits<std::int32_t>::max(),
               lowest = std::numeric_limits<std::int32_t>::min();
  CHECK(same(cast(x, DType::int32), {1, -1, largest, lowest, 0, largest}));
  CHECK(same(cast(x, DType::boolean), {1, 1, 1, 1, 1, 1}));
  CHECK(cast(x, DType::int64).to_vector<std::int64_t>()[2] == std::numeric_limits<std::int64_t>::max());
  CHECK(cast(zeros({2, 0}), DType::float64).shape() == Shape{2, 0});
}

TEST_CASE("gradients at ties and kinks are TensorFlow's") {
  const Tensor a = {1.0, 2.0}, b = {1.0, 3.0};
  const auto larger = gradients_at(xtape::maximum, a, b);
  CHECK(same(larger.first, {1, 0}));
  CHECK(same(larger.second, {0, 1}));
  const auto smaller = gradients_at(xtape::minimum, a, b);
  CHECK(same(smaller.first, {1, 1}));
  CHECK(same(smaller.second, {0, 0}));
  CHECK(same(gradient_at(xtape::abs, Tensor{-2, 0, 2}), {-1, 0, 1}));
  CHECK(same(
      gradient_at([](const Tensor& x) { return clip(x, 0, 1); }, Tensor{-1, 0, 0.5, 1, 2}), {0, 1, 1, 1, 0}));
  CHECK(same(gradient_at(xtape::floor, Tensor{1, 1.5}), {0, 0}));
  CHECK(same(gradient_at([](const Tensor& x) { return round(x); }, Tensor{1, 1.5}), {0, 0}));
  CHECK(same(gradient_at(xtape::sign, Tensor{0, 1.5}), {0, 0}));
  CHECK(same(gradient_at(xtape::sqrt, Tensor{0, 4}), {inf, 0.25}));
}

TEST_CASE("the gradients of a power are finite at 0") {
  CHECK(same(gradient_at([](const Tensor& x) { return power(x, 2); }, Tensor{0, 1}), {0, 2}));
  CHECK(same(gradient_at([](const Tensor& x) { return power(x, 0); }, Tensor{0, 1}), {0, 0}));
  const auto both = gradients_at(xtape::power, Tensor{0, -2, 2}, Tensor{2, 2, 2});
  CHECK(same(both.first, {0, -4, 4}));
  CHECK(same(both.second.rows(0, 2), {0, 0}));
  CHECK(both.second.to_vector()[2] == doctest::Approx(4 * std::log(2.0)));
}

TEST_CASE("stop_gradient keeps values and lets no gradient pass") {
  const Tensor x = {2.0, 3.0};
  const Tensor g = gradient_at([](const Tensor& v) { return multiply(stop_gradient(v), v); }, x);
  CHECK(same(g, {2, 3}));
  CHECK(same(stop_gradient(x), {2, 3}));
}

TEST_CASE("operators are the functions") {
  Tensor x = {1.0, 2.0};
  CHECK(same(-x + 3 * x - x / 2, {1.5, 3}));
  x += 1;
  x *= 2;
  x -= 2;
  x /= 4;
  CHECK(same(x, {0.5, 1}));
}

TEST_CASE("shapes that cannot be broadcast are named") {
  CHECK_THROWS_WITH_AS(add(zeros({2, 3}), zeros({4})),
      "ValueError: add: shapes must be equal or broadcast (received (2, 3) and (4,))", ValueError);
  CHECK_THROWS_WITH_AS(less(zeros({2}), zeros({3})),
      "ValueError: less: shapes must be equal or broadcast (received (2,) and (3,))", ValueError);
  CHECK_THROWS_WITH_AS(maximum(zeros({2}), zeros({3})),
      "ValueError: maximum: shapes must be equal or broadcast (received (2,) and (3,))", ValueError);
}
