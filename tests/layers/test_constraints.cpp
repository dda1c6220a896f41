// Projections against numbers worked out by hand, names, and what is refused.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include <xtape/layers/constraints/constraints.hpp>

using namespace xtape;
using namespace xtape::constraints;

namespace {

// Its columns have the lengths 5, 0.5 and 0.
const Tensor w({{3, 0.3, 0}, {-4, 0.4, 0}}, DType::float64);

void check_values(const Tensor& actual, const std::vector<double>& expected) {
  const std::vector<double> values = actual.to_vector();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
}
/// What is left of a length after a division by length + 1e-7.
double kept(double length) { return length / (length + 1e-7); }

}  // namespace

TEST_CASE("MaxNorm shortens columns that are too long and leaves the others") {
  const double k5 = 1 / (5 + 1e-7), k05 = kept(0.5);
  check_values(MaxNorm({.max_value = 2})(w), {3 * 2 * k5, 0.3 * k05, 0, -4 * 2 * k5, 0.4 * k05, 0});
  check_values(MaxNorm()(w), MaxNorm({.max_value = 2})(w).to_vector());
}

TEST_CASE("UnitNorm gives columns length 1 and leaves zeros") {
  const double k5 = 1 / (5 + 1e-7), k05 = 1 / (0.5 + 1e-7);
  check_values(UnitNorm()(w), {3 * k5, 0.3 * k05, 0, -4 * k5, 0.4 * k05, 0});
}

TEST_CASE("MinMaxNorm goes the given part of the way into the interval") {
  // Lengths 5 and 0.5 go half of the way to 2 and 1: to 3.5 and 0.75.
  const double a = 3.5 / (5 + 1e-7), b = 0.75 / (0.5 + 1e-7);
  check_values(
      MinMaxNorm({.min_value = 1, .max_value = 2, .rate = 0.5})(w), {3 * a, 0.3 * b, 0, -4 * a, 0.4 * b, 0});
}

TEST_CASE("NonNeg cuts off what is negative") { check_values(NonNeg()(w), {3, 0.3, 0, 0, 0.4, 0}); }

TEST_CASE("the axis may be one, several, negative, or all") {
  const Tensor x = ones({2, 3, 4}, DType::float64);
  const auto length_of_ones = [&](const Axes& axis, double n) {
    CHECK(UnitNorm({.axis = axis})(x).at({1, 2, 3}) ==
          doctest::Approx(1 / (std::sqrt(n) + 1e-7)).epsilon(1e-12));
  };
  length_of_ones(0, 2);
  length_of_ones(-1, 4);
  length_of_ones({0, 1}, 6);
  length_of_ones({}, 24);
}

TEST_CASE("a projection keeps shape and dtype") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const char* name : {"max_norm", "min_max_norm", "non_neg", "unit_norm"}) {
      const Tensor y = Constraint(name)(ones({3, 2, 4}, dtype));
      CHECK(y.dtype() == dtype);
      CHECK(y.shape() == Shape{3, 2, 4});
    }
}

TEST_CASE("names stand for default arguments") {
  CHECK(Constraint("max_norm").get_config() == Json{{"max_value", 2}, {"axis", 0}});
  CHECK(Constraint("maxnorm").class_name() == "MaxNorm");
  CHECK(Constraint("nonneg").class_name() == "NonNeg");
  CHECK(Constraint("UnitNorm").get_config() == Json{{"axis", 0}});
  CHECK(Constraint("min_max_norm").get_config() ==
        Json{{"min_value", 0}, {"max_value", 1}, {"rate", 1}, {"axis", 0}});
}

TEST_CASE("the axis is written as Keras writes it") {
  CHECK(Constraint(UnitNorm({.axis = {0, 1}})).get_config() == Json{{"axis", {0, 1}}});
  CHECK(Constraint(UnitNorm({.axis = {}})).get_config() == Json{{"axis", nullptr}});
  const Constraint read =
      Constraint::from_json(Json::parse(R"({"class_name": "MaxNorm", "config": {"axis": [0, 1]}})"));
  CHECK(read.get_config() == Json{{"max_value", 2}, {"axis", {0, 1}}});
}

TEST_CASE("what does not fit is refused") {
  CHECK_THROWS_WITH_AS(Constraint("max_min"),
      "ValueError: constraint: could not interpret the name \"max_min\"; known are MaxNorm, MinMaxNorm, "
      "NonNeg, UnitNorm",
      ValueError);
  CHECK_THROWS_AS(UnitNorm({.axis = 2})(w), ValueError);
  CHECK_THROWS_AS(UnitNorm({.axis = {0, -2}})(w), ValueError);
}
