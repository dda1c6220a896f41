// Activations by name: that each is the function of its name with its arguments, and how configs write it. What the
// functions compute is tested with the ops.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <xtape/core/registry.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/activations/activations.hpp>

using namespace xtape;
using namespace xtape::activations;

namespace {

using Real = std::function<double(double)>;
double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double held(double x, double low, double high) { return std::min(std::max(x, low), high); }

/// Keras's names of functions of one number, by their formulas.
const std::map<std::string, Real> formulas = {
    {"celu", [](double x) { return x > 0 ? x : std::expm1(x); }},
    {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }},
    {"exponential", [](double x) { return std::exp(x); }},
    {"gelu", [](double x) { return x * (1 + std::erf(x / std::sqrt(2.0))) / 2; }},
    {"hard_shrink", [](double x) { return std::abs(x) > 0.5 ? x : 0; }},
    {"hard_sigmoid", [](double x) { return held(x + 3, 0, 6) / 6; }},
    {"hard_sigmoid_tf24", [](double x) { return held(0.2 * x + 0.5, 0, 1); }},
    {"hard_silu", [](double x) { return x * held(x + 3, 0, 6) / 6; }},
    {"hard_swish", [](double x) { return x * held(x + 3, 0, 6) / 6; }},
    {"hard_tanh", [](double x) { return held(x, -1, 1); }},
    {"leaky_relu", [](double x) { return x > 0 ? x : 0.2 * x; }},
    {"linear", [](double x) { return x; }},
    {"log_sigmoid", [](double x) { return std::log(logistic(x)); }},
    {"mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
    {"relu", [](double x) { return std::max(x, 0.0); }},
    {"relu6", [](double x) { return held(x, 0, 6); }},
    {"selu", [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }},
    {"sigmoid", logistic},
    {"silu", [](double x) { return x * logistic(x); }},
    {"swish", [](double x) { return x * logistic(x); }},
    {"soft_shrink", [](double x) { return x > 0.5    ? x - 0.5
                                          : x < -0.5 ? x + 0.5
                                                     : 0; }},
    {"softplus", [](double x) { return std::log1p(std::exp(x)); }},
    {"softsign", [](double x) { return x / (1 + std::abs(x)); }},
    {"sparse_plus", [](double x) { return x <= -1 ? 0
                                          : x < 1 ? (x + 1) * (x + 1) / 4
                                                  : x; }},
    {"sparse_sigmoid", [](double x) { return held((x + 1) / 2, 0, 1); }},
    {"squareplus", [](double x) { return (x + std::sqrt(x * x + 4)) / 2; }},
    {"tanh", [](double x) { return std::tanh(x); }},
    {"tanh_shrink", [](double x) { return x - std::tanh(x); }},
    {"threshold", [](double x) { return x > 0 ? x : 0; }},
};
const std::set<std::string> along_an_axis = {"glu", "log_softmax", "softmax", "sparsemax"};

const std::vector<double> points = {-7.25, -2.5, -0.75, -0.25, 0.25, 0.75, 2.5, 7.25};

void check_values(const Tensor& actual, const std::vector<double>& expected) {
  const std::vector<double> values = actual.to_vector();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
}
void check_function(const ActivationFunction& activation, const Real& formula) {
  std::vector<double> expected;
  for (const double x : points) expected.push_back(formula(x));
  check_values(activation(Tensor::from(points)), expected);
}

}  // namespace

TEST_CASE("every name of a function of one number computes its formula") {
  for (const auto& entry : formulas) {
    CAPTURE(entry.first);
    check_function(entry.first, entry.second);
  }
}

TEST_CASE("every registered activation is tested here") {
  for (const auto& entry : registry<ActivationFunction>().entries()) {
    const std::string name = to_snake_case(entry.class_name);
    CHECK_MESSAGE((formulas.count(name) + along_an_axis.count(name) == 1), name);
  }
}

TEST_CASE("arguments reach their functions") {
  check_function(Celu({.alpha = 2}), [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); });
  check_function(Elu({.alpha = 0.5}), [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); });
  check_function(Gelu({.approximate = true}), [](double x) {
    return x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))) / 2;
  });
  check_function(HardShrink({.threshold = 1}), [](double x) { return std::abs(x) > 1 ? x : 0; });
  check_function(LeakyRelu({.negative_slope = 0.5}), [](double x) { return x > 0 ? x : 0.5 * x; });
  check_function(Relu({.negative_slope = 0.25, .max_value = 2, .threshold = 0.5}),
      [](double x) { return x > 0.5 ? std::min(x, 2.0) : 0.25 * (x - 0.5); });
  check_function(SoftShrink({.threshold = 1}), [](double x) { return x > 1 ? x - 1 : x < -1 ? x + 1 : 0; });
  check_function(Squareplus({.b = 1}), [](double x) { return (x + std::sqrt(x * x + 1)) / 2; });
  check_function(
      Threshold({.threshold = 0.5, .default_value = -3}), [](double x) { return x > 0.5 ? x : -3; });
}

TEST_CASE("softmax and its kin work along the axis that is named") {
  const double half = std::log(3.0);  // e^half = 3: shares 1/4 and 3/4
  const Tensor x({{0, half}, {half, 0}}, DType::float64);
  check_values(Softmax()(x), {0.25, 0.75, 0.75, 0.25});
  check_values(Softmax({.axis = 0})(x), {0.25, 0.75, 0.75, 0.25});
  check_values(Softmax({.axis = {0, 1}})(x), {0.125, 0.375, 0.375, 0.125});
  check_values(Softmax({.axis = {}})(x), {0.125, 0.375, 0.375, 0.125});
  check_values(LogSoftmax({.axis = 0})(x), {std::log(0.25), std::log(0.75), std::log(0.75), std::log(0.25)});
  // Sparsemax of (0, 3): all on the larger; of (0, 0.5): 0.25 and 0.75.
  check_values(Sparsemax()(Tensor({{0, 3}, {0, 0.5}}, DType::float64)), {0, 1, 0.25, 0.75});
  check_values(Sparsemax({.axis = 0})(Tensor({{0, 0}, {3, 0.5}}, DType::float64)), {0, 0.25, 1, 0.75});
  check_values(Glu()(x), {0.0 * 0.75, half * 0.5});
  check_values(Glu({.axis = 0})(x), {0 * logistic(half), half * 0.5});
}

TEST_CASE("None is linear") {
  const ActivationFunction none;
  CHECK_FALSE(none);
  check_function(none, [](double x) { return x; });
  CHECK(none.to_json() == "linear");
  CHECK_FALSE(ActivationFunction::from_json(nullptr));
  check_function(ActivationFunction::from_json("linear"), [](double x) { return x; });
}

TEST_CASE("an activation is written by its name when its arguments are the defaults") {
  for (const auto& entry : formulas) {
    const std::string& name = entry.first;
    CAPTURE(name);
    const std::string written = name == "swish" ? "silu" : name == "hard_swish" ? "hard_silu" : name;
    CHECK(ActivationFunction(name).to_json() == written);
  }
  CHECK(ActivationFunction(Relu()).to_json() == "relu");
  CHECK(ActivationFunction(Softmax()).to_json() == "softmax");
  CHECK(ActivationFunction(LeakyRelu({.negative_slope = 0.2})).to_json() == "leaky_relu");
}

TEST_CASE("an activation with other arguments is written with all of them, and read back") {
  const ActivationFunction relu = Relu({.max_value = 6});
  const Json json = relu.to_json();
  CHECK(json == Json::parse(R"({"module": "keras.activations", "class_name": "Relu",
      "config": {"negative_slope": 0.0, "max_value": 6.0, "threshold": 0.0}, "registered_name": null})"));
  const ActivationFunction read = ActivationFunction::from_json(json);
  CHECK(read.get_config() == relu.get_config());
  CHECK(read.as<Relu>()->config().max_value == 6);
}

TEST_CASE("activations are read in every form that Keras writes") {
  for (const char* text :
      {R"("relu")", R"("Relu")", R"({"class_name": "relu", "config": {}})", R"({"class_name": "relu"})",
          R"({"class_name": "function", "config": "relu", "module": "builtins"})"}) {
    CAPTURE(text);
    CHECK(ActivationFunction::from_json(Json::parse(text)).class_name() == "Relu");
  }
}

TEST_CASE("gradients pass through an activation by name") {
  const Tensor x = Tensor::from(points);
  GradientTape tape;
  tape.watch(x);
  const Tensor y = ActivationFunction("tanh")(x);
  std::vector<double> expected;
  for (const double v : points) expected.push_back(1 / (std::cosh(v) * std::cosh(v)));
  const std::vector<double> actual = tape.gradient(y, x).to_vector();
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(actual[i] == doctest::Approx(expected[i]).epsilon(1e-9));
}

TEST_CASE("any function of a tensor is an activation, but has no config") {
  const ActivationFunction twice = [](const Tensor& x) { return x + x; };
  check_function(twice, [](double x) { return 2 * x; });
  CHECK_THROWS_WITH_AS(twice.to_json(),
      "ValueError: activation: a plain function has no config; make it a class with class_name and Config",
      ValueError);
}

TEST_CASE("what is not an activation is refused") {
  CHECK_THROWS_WITH_AS(ActivationFunction("sigmoidal"),
      "ValueError: activation: could not interpret the name \"sigmoidal\"; known are Celu, Elu, Exponential, "
      "Gelu, Glu, "
      "HardShrink, HardSigmoid, HardSigmoidTf24, HardSilu, HardTanh, LeakyRelu, Linear, LogSigmoid, "
      "LogSoftmax, Mish, "
      "Relu, Relu6, Selu, Sigmoid, Silu, SoftShrink, Softmax, Softplus, Softsign, SparsePlus, SparseSigmoid, "
      "Sparsemax, "
      "Squareplus, Tanh, TanhShrink, Threshold",
      ValueError);
  CHECK_THROWS_WITH_AS(ActivationFunction::from_json(3),
      "ValueError: activation: must be a name, null, or an object with class_name and config (received 3)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      ActivationFunction::from_json(Json::parse(R"({"class_name": "elu", "config": {"beta": 1}})")),
      "ValueError: Elu: there is no argument \"beta\" (received 1)", ValueError);
}
