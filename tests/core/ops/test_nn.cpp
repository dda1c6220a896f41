#include <doctest/doctest.h>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>

using namespace xtape;
using Values = std::vector<double>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

struct Activation {
  std::string name;
  std::function<Tensor(const Tensor&)> function;
  std::function<double(double)> formula;
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double within(double x, double low, double high) { return std::min(std::max(x, low), high); }

const std::vector<Activation>& activations() {
  static const std::vector<Activation> all{
      {"relu", [](const Tensor& x) { return relu(x); }, [](double x) { return std::max(x, 0.0); }},
      {"relu with all options",
          [](const Tensor& x) { return relu(x, {.negative_slope = 0.25, .max_value = 2, .threshold = 0.5}); },
          [](double x) { return x > 0.5 ? std::min(x, 2.0) : 0.25 * (x - 0.5); }},
      {"relu6", relu6, [](double x) { return within(x, 0, 6); }},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); },
          [](double x) { return x > 0 ? x : 0.2 * x; }},
      {"elu", [](const Tensor& x) { return elu(x, 0.5); },
          [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); }},
      {"selu", selu,
          [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }},
      {"celu", [](const Tensor& x) { return celu(x, 2); },
          [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }},
      {"gelu", [](const Tensor& x) { return gelu(x); },
          [](double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }},
      {"gelu, approximate", [](const Tensor& x) { return gelu(x, true); },
          [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {"silu", silu, [](double x) { return x * logistic(x); }},
      {"mish", mish, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {"sigmoid", sigmoid, logistic},
      {"log_sigmoid", log_sigmoid, [](double x) { return -std::log1p(std::exp(-x)); }},
      {"hard_sigmoid", hard_sigmoid, [](double x) { return within(x + 3, 0, 6) / 6; }},
      {"hard_sigmoid_tf24", hard_sigmoid_tf24, [](double x) { return within(0.2 * x + 0.5, 0, 1); }},
      {"hard_silu", hard_silu, [](double x) { return x * within(x + 3, 0, 6) / 6; }},
      {"hard_tanh", hard_tanh, [](double x) { return within(x, -1, 1); }},
      {"tanh_shrink", tanh_shrink, [](double x) { return x - std::tanh(x); }},
      {"softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }},
      {"softsign", softsign, [](double x) { return x / (1 + std::abs(x)); }},
      {"squareplus", [](const Tensor& x) { return squareplus(x); },
          [](double x) { return (x + std::sqrt(x * x + 4)) / 2; }},
      {"exponential", exponential, [](double x) { return std::exp(x); }},
      {"linear", linear, [](double x) { return x; }},
      {"hard_shrink", [](const Tensor& x) { return hard_shrink(x); },
          [](double x) { return std::abs(x) > 0.5 ? x : 0; }},
      {"soft_shrink", [](const Tensor& x) { return soft_shrink(x); },
          [](double x) { return std::copysign(std::max(std::abs(x) - 0.5, 0.0), x); }},
      {"threshold", [](const Tensor& x) { return threshold(x, 1, -3); },
          [](double x) { return x > 1 ? x : -3; }},
      {"sparse_plus", sparse_plus, [](double x) { return x <= -1 ? 0
                                                         : x < 1 ? (x + 1) * (x + 1) / 4
                                                                 : x; }},
      {"sparse_sigmoid", sparse_sigmoid, [](double x) { return within((x + 1) / 2, 0, 1); }},
  };
  return all;
}

template <class F>
Tensor gradient_at(F f, const Tensor& x) {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = f(x);
  return tape.gradient(y, x);
}

// Softmax of one row, term by term in long double.
Values softmax_of(const Values& x) {
  long double largest = -inf, sum = 0;
  for (const double v : x) largest = std::max(largest, static_cast<long double>(v));
  for (const double v : x) sum += std::exp(v - largest);
  Values y;
  for (const double v : x) y.push_back(static_cast<double>(std::exp(v - largest) / sum));
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("activations follow their formulas", T, float, double) {
  std::vector<T> x;
  for (int i = -81; i <= 81; i += 2) x.push_back(static_cast<T>(i) / 10);
  x.insert(x.end(), {0, -T(0), 20});
  for (const Activation& a : activations()) {
    CAPTURE(a.name);
    const Tensor y = a.function(Tensor::from(x, {5, 17}));
    CHECK(y.shape() == Shape{5, 17});
    CHECK(y.dtype() == dtype_of<T>());
    const Values got = y.to_vector();
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = a.formula(static_cast<double>(x[i]));
      const double error = std::abs(got[i] - expected) / std::max(1.0, std::abs(expected));
      worst = error <= worst ? worst : error;  // keeps a NaN
    }
    CHECK(worst <= 4 * double(std::numeric_limits<T>::epsilon()));
  }
}

TEST_CASE_TEMPLATE("activations pass NaN on, and take empty tensors and integers", T, float, double) {
  for (const Activation& a : activations()) {
    CAPTURE(a.name);
    const Tensor y = a.function(Tensor::from(std::vector<T>{std::numeric_limits<T>::quiet_NaN()}));
    // A comparison with NaN is false.
    if (a.name != "threshold" && a.name != "hard_shrink") CHECK(std::isnan(y.item()));
    CHECK(a.function(zeros({2, 0}, dtype_of<T>())).shape() == Shape{2, 0});
    const Tensor of_integers = a.function(Tensor::from(std::vector<std::int32_t>{2}));
    CHECK(of_integers.item() == doctest::Approx(a.formula(2)).epsilon(1e-6));
  }
}

TEST_CASE_TEMPLATE("saturated activations stay finite, and so do their gradients", T, float, double) {
  const Tensor x = Tensor::from(std::vector<T>{-500, -90, -50, 50, 90, 500});
  for (const Activation& a : activations()) {
    if (a.name == "exponential") continue;
    CAPTURE(a.name);
    for (const double v : a.function(x).to_vector()) CHECK(std::isfinite(v));
    for (const double v : gradient_at(a.function, x).to_vector()) CHECK(std::isfinite(v));
  }
  const Values tails = sigmoid(x).to_vector();
  CHECK(tails[2] == doctest::Approx(std::exp(-50.0)).epsilon(1e-6));
  CHECK(softplus(x).to_vector()[2] == doctest::Approx(std::exp(-50.0)).epsilon(1e-6));
  CHECK(log_sigmoid(x).to_vector()[0] == -500);
  const Values infinite = sigmoid(Tensor::from(std::vector<T>{T(-inf), T(inf)})).to_vector();
  CHECK(infinite == Values{0, 1});
}

TEST_CASE("gradients at kinks are those that stand in the header") {
  const auto at = [](auto f, double x) { return gradient_at(f, Tensor{x}).item(); };
  CHECK(at([](const Tensor& x) { return relu(x); }, 0) == 0);
  CHECK(at(relu6, 0) == 0);
  CHECK(at(relu6, 6) == 0);
  CHECK(at([](const Tensor& x) { return leaky_relu(x, 0.25); }, 0) == 0.25);
  CHECK(at([](const Tensor& x) { return elu(x, 0.5); }, 0) == 0.5);
  CHECK(at([](const Tensor& x) { return relu(x, {.negative_slope = 0.5, .threshold = 1}); }, 1) == 0.5);
  CHECK(at(hard_sigmoid, 3) == 0);
  CHECK(at(hard_sigmoid, -3) == 0);
  CHECK(at(hard_tanh, 1) == 1);
  CHECK(at(sparse_sigmoid, -1) == 0.5);
  CHECK(at([](const Tensor& x) { return soft_shrink(x); }, 0.5) == 0);
  CHECK(at([](const Tensor& x) { return hard_shrink(x); }, 0.5) == 0);
  CHECK(at([](const Tensor& x) { return threshold(x, 1, 5); }, 1) == 0);
}

TEST_CASE("relu's options may be combined, a negative threshold included") {
  const Tensor x = {-2, -1, -0.5, 0, 0.5, 3};
  CHECK(relu(x, {.threshold = -1}).to_vector() == Values{0, 0, -0.5, 0, 0.5, 3});
  CHECK(relu(x, {.max_value = 1, .threshold = -1}).to_vector() == Values{0, 0, 0, 0, 0.5, 1});
  const ReluOptions cut{.max_value = 1, .threshold = -1};
  CHECK(
      gradient_at([=](const Tensor& v) { return relu(v, cut); }, x).to_vector() == Values{0, 0, 0, 0, 1, 0});
  CHECK_THROWS_WITH_AS(relu(x, {.max_value = -1}),
      "ValueError: relu: max_value must not be negative (received max_value=-1)", ValueError);
}

TEST_CASE_TEMPLATE("softmax and log_softmax are right along every axis and for long rows", T, float, double) {
  for (const Shape& shape : {Shape{3, 4, 5}, Shape{1, 1, 1}, Shape{2, 1000, 1}, Shape{7}, Shape{300, 3}})
    for (Index axis = -shape.rank(); axis < shape.rank(); ++axis) {
      CAPTURE(axis);
      std::vector<T> x;
      for (Index i = 0; i < shape.size(); ++i) x.push_back(static_cast<T>(3 * std::sin(1.7 * double(i))));
      const Tensor soft = softmax(Tensor::from(x, shape), axis),
                   logarithm = log_softmax(Tensor::from(x, shape), axis);
      const Index k = axis < 0 ? axis + shape.rank() : axis;
      Index inner = 1;
      for (Index i = k + 1; i < shape.rank(); ++i) inner *= shape[i];
      const Values y = soft.to_vector(), l = logarithm.to_vector();
      double worst = 0;
      for (Index start = 0; start < shape.size(); ++start) {
        if (start / inner % shape[k] != 0) continue;
        Values row;
        for (Index j = 0; j < shape[k]; ++j)
          row.push_back(static_cast<double>(x[static_cast<std::size_t>(start + j * inner)]));
        const Values expected = softmax_of(row);
        for (Index j = 0; j < shape[k]; ++j) {
          const auto at = static_cast<std::size_t>(start + j * inner);
          const double e = expected[static_cast<std::size_t>(j)];
          worst = std::max({worst, std::abs(y[at] / e - 1), std::abs(l[at] - std::log(e)) / 8});
        }
      }
      CHECK(worst < 16 * double(std::numeric_limits<T>::epsilon()));
    }
}

TEST_CASE("softmax of extreme rows does not overflow") {
  CHECK(softmax(Tensor{1000, 1000}).to_vector() == Values{0.5, 0.5});
  CHECK(log_softmax(Tensor{-1000, 1000}).to_vector() == Values{-2000, 0});
  CHECK(softmax(Tensor{-inf, 0, 0}).to_vector() == Values{0, 0.5, 0.5});
  for (const double v : softmax(Tensor{std::nan(""), 0}).to_vector()) CHECK(std::isnan(v));
  CHECK(softmax(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(softmax(zeros({3, 0})).shape() == Shape{3, 0});
  CHECK_THROWS_WITH_AS(softmax(zeros({2, 3}), 2),
      "ValueError: softmax: axis must lie in [-2, 2) for a tensor of rank 2 (received axis=2)", ValueError);
}

TEST_CASE("softmax over several axes sums to 1 over all of them") {
  const Tensor x = arange(0, 12).view_as({2, 3, 2});
  const Tensor flat = softmax(x.view_as({2, 6})), y = softmax(x, {1, 2});
  CHECK(y.shape() == x.shape());
  for (std::size_t i = 0; i < 12; ++i) CHECK(y.to_vector()[i] == doctest::Approx(flat.to_vector()[i]));
  CHECK(softmax(x, std::vector<Index>{2}).to_vector() == softmax(x).to_vector());
}

TEST_CASE("sparsemax is the nearest point of the simplex") {
  const Tensor x = Tensor::from(Values{0.5, 0.3, -1, 5, 1, 4.5, 0, 0, 0}, {3, 3});
  const Values expected{0.6, 0.4, 0, 0.75, 0, 0.25, 1.0 / 3, 1.0 / 3, 1.0 / 3}, y = sparsemax(x).to_vector();
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]));
  const Values columns = sparsemax(Tensor{{0.5, 5}, {0.3, 1}}, 0).to_vector();
  CHECK(columns[0] == doctest::Approx(0.6));
  CHECK(columns[1] == 1);
  CHECK(columns[2] == doctest::Approx(0.4));
  CHECK(columns[3] == 0);
  for (const double v : sparsemax(Tensor{std::nan(""), 0}).to_vector()) CHECK(std::isnan(v));
}

TEST_CASE("glu gates one half by the other") {
  const Tensor x = Tensor::from(Values{1, 2, 3, 4}, {2, 2});
  CHECK(glu(x).shape() == Shape{2, 1});
  CHECK(glu(x).to_vector()[1] == doctest::Approx(3 * logistic(4)));
  CHECK(glu(x, 0).to_vector()[1] == doctest::Approx(2 * logistic(4)));
  CHECK_THROWS_WITH_AS(glu(zeros({2, 3})),
      "ValueError: glu: axis -1 must have an even number of entries (received x (2, 3))", ValueError);
}

TEST_CASE_TEMPLATE("dropout keeps 1 - rate of the elements and scales them up", T, float, double) {
  const Tensor x = ones({100, 1000}, dtype_of<T>());
  for (const double rate : {0.2, 0.5, 0.9}) {
    const Values y = dropout(x, rate, {.key = RandomKey{1, 2}}).to_vector();
    double kept = 0;
    for (const double v : y) {
      REQUIRE((v == 0 || v == static_cast<double>(static_cast<T>(1 / (1 - rate)))));
      kept += v != 0;
    }
    CHECK(std::abs(kept / 1e5 - (1 - rate)) < 4 * std::sqrt(rate * (1 - rate) / 1e5));
  }
  CHECK(dropout(x, 0).to_vector() == x.to_vector());
  CHECK(dropout(x, 1).to_vector() == Values(100'000, 0.0));
  // What is dropped is 0, whatever it was.
  CHECK(dropout(Tensor{inf, std::nan("")}, 1).to_vector() == Values{0, 0});
}

TEST_CASE("a sample's dropout does not depend on how the batch was cut") {
  const Tensor x = add(arange(0, 7 * 13), 1).view_as({7, 13});
  const DropoutOptions whole{.key = RandomKey{5, 6}};
  const Values y = dropout(x, 0.3, whole).to_vector();
  for (const Index size : {1, 2, 3, 5}) {
    Values parts;
    for (Index first = 0; first < 7; first += size) {
      const Tensor part = x.rows(first, std::min<Index>(first + size, 7));
      for (const double v : dropout(part, 0.3, {.key = whole.key, .first_sample = first}).to_vector())
        parts.push_back(v);
    }
    CHECK(parts == y);
  }
  CHECK(dropout(x, 0.3, {.key = RandomKey{5, 7}}).to_vector() != y);
}

TEST_CASE("noise_shape shares the mask along axes, among samples too") {
  const Tensor x = ones({4, 50, 3});
  const DropoutOptions by_channel{.key = RandomKey{1, 1}, .noise_shape = Shape{None, 1, 3}};
  const Tensor y = dropout(x, 0.5, by_channel);
  std::set<Values> samples;
  for (Index n = 0; n < 4; ++n) {
    const Values v = y.rows(n, n + 1).to_vector();
    for (std::size_t i = 3; i < v.size(); ++i) CHECK(v[i] == v[i - 3]);
    samples.insert(v);
  }
  CHECK(samples.size() > 1);
  CHECK(dropout(x.rows(2, 4), 0.5,
            {.key = by_channel.key, .noise_shape = by_channel.noise_shape, .first_sample = 2})
            .to_vector() == y.rows(2, 4).to_vector());
  const DropoutOptions shared{.key = RandomKey{1, 1}, .noise_shape = Shape{1, 50, 3}, .first_sample = 9};
  const Tensor z = dropout(x, 0.5, shared);
  for (Index n = 1; n < 4; ++n) CHECK(z.rows(n, n + 1).to_vector() == z.rows(0, 1).to_vector());
  CHECK_THROWS_WITH_AS(dropout(x, 0.5, {.noise_shape = Shape{4, 2, 3}}),
      "ValueError: dropout: noise_shape must be 1, None or the length of x along each axis (received "
      "noise_shape=(4, 2, 3), x (4, 50, 3))",
      ValueError);
  CHECK_THROWS_WITH_AS(dropout(x, 0.5, {.noise_shape = Shape{4, 1}}),
      "ValueError: dropout: noise_shape must have the rank of x (received noise_shape=(4, 1), x (4, 50, 3))",
      ValueError);
}

TEST_CASE("dropout's gradient has the mask of its value") {
  const Tensor x = ones({6, 6});
  const auto drop = [](const Tensor& v) { return dropout(v, 0.4, {.key = RandomKey{8, 8}}); };
  CHECK(gradient_at(drop, x).to_vector() == drop(x).to_vector());
}

TEST_CASE("dropout without a key draws a new mask each time, the same ones after set_random_seed") {
  const Tensor x = ones({100});
  set_random_seed(3);
  const Values a = dropout(x, 0.5).to_vector(), b = dropout(x, 0.5).to_vector();
  CHECK(a != b);
  set_random_seed(3);
  CHECK(dropout(x, 0.5).to_vector() == a);
  set_random_seed(0);
}

TEST_CASE("dropout says what is wrong with its arguments") {
  CHECK_THROWS_WITH_AS(
      dropout(ones({2}), 1.5), "ValueError: dropout: rate must be in [0, 1] (received rate=1.5)", ValueError);
  CHECK_THROWS_WITH_AS(dropout(ones({2}, DType::int32), 0.5),
      "TypeError: dropout: dtype must be float32 or float64 (received int32)", TypeError);
  CHECK_THROWS_WITH_AS(
      celu(ones({2}), 0), "ValueError: celu: alpha must not be 0 (received alpha=0)", ValueError);
}
