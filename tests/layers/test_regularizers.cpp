// Penalties against numbers worked out by hand, their gradients, names, and what is refused.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>

using namespace xtape;
using namespace xtape::regularizers;

namespace {
const Tensor w({{1, -2}, {0.5, 4}}, DType::float64);  // sum |w| = 7.5, sum w^2 = 21.25
}

TEST_CASE("L1, L2 and L1L2 are sums of absolute values and squares") {
  CHECK(L1({.l1 = 0.25})(w).item() == doctest::Approx(0.25 * 7.5));
  CHECK(L2({.l2 = 0.5})(w).item() == doctest::Approx(0.5 * 21.25));
  CHECK(L1L2({.l1 = 0.25, .l2 = 0.5})(w).item() == doctest::Approx(0.25 * 7.5 + 0.5 * 21.25));
  CHECK(L1L2()(w).item() == 0);
  CHECK(L1L2({.l2 = 0.5})(w).item() == doctest::Approx(0.5 * 21.25));
}

TEST_CASE("a penalty has the dtype of its weight") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const char* name : {"l1", "l2", "l1l2", "l1_l2", "orthogonal_regularizer"})
      CHECK(Regularizer(name)(ones({3, 2}, dtype)).dtype() == dtype);
}

TEST_CASE("the orthogonal penalty is the mean of |cos| over pairs of rows or columns") {
  // The columns (1, 0.5) and (-2, 4) are at right angles; the rows (1, -2) and (0.5, 4) are not.
  CHECK(OrthogonalRegularizer({.factor = 3, .mode = "columns"})(w).item() == doctest::Approx(0));
  CHECK(OrthogonalRegularizer({.factor = 3, .mode = "rows"})(w).item() ==
        doctest::Approx(3 * 7.5 / std::sqrt(5 * 16.25)));
  // Three equal rows: each of the three pairs has cos = 1.
  CHECK(OrthogonalRegularizer({.factor = 3})(ones({3, 2}, DType::float64)).item() == doctest::Approx(3));
}

TEST_CASE("the orthogonal penalty of one row is 0, and that of zeros is 0 with finite gradients") {
  CHECK(OrthogonalRegularizer()(ones({1, 3})).item() == 0);
  const Tensor nothing = zeros({2, 2});
  GradientTape tape;
  tape.watch(nothing);
  const Tensor penalty = OrthogonalRegularizer()(nothing);
  CHECK(penalty.item() == 0);
  for (const double g : tape.gradient(penalty, nothing).to_vector()) CHECK(std::isfinite(g));
}

TEST_CASE("gradients of the penalties agree with differences") {
  const Tensor x({{0.5, -1.5, 2}, {1, 0.75, -0.25}}, DType::float64);
  for (const Regularizer& penalty : {Regularizer(L1({.l1 = 0.3})), Regularizer(L2({.l2 = 0.3})),
           Regularizer(L1L2({.l1 = 0.2, .l2 = 0.3})), Regularizer(OrthogonalRegularizer({.factor = 0.5})),
           Regularizer(OrthogonalRegularizer({.factor = 0.5, .mode = "columns"}))}) {
    const auto report = check_gradients(
        [&](const std::vector<Tensor>& in) { return penalty(in[0]); }, {x}, {.op = "penalty"});
    CHECK_MESSAGE(report.passed(), concat(penalty.class_name(), ": ", report));
  }
}

TEST_CASE("names give the factors that their documentation says") {
  CHECK(Regularizer("l1").get_config() == Json{{"l1", 0.01}});
  CHECK(Regularizer("l2").get_config() == Json{{"l2", 0.01}});
  CHECK(Regularizer("L1L2").get_config() == Json{{"l1", 0.0}, {"l2", 0.0}});
  CHECK(Regularizer("l1l2").get_config() == Json{{"l1", 0.0}, {"l2", 0.0}});
  CHECK(Regularizer("l1_l2").get_config() == Json{{"l1", 0.01}, {"l2", 0.01}});
  CHECK(Regularizer("orthogonal_regularizer").get_config() == Json{{"factor", 0.01}, {"mode", "rows"}});
  const Json half = Json::parse(R"({"class_name": "l1_l2", "config": {"l2": 0.5}})");
  CHECK(Regularizer::from_json(half).get_config() == Json{{"l1", 0.01}, {"l2", 0.5}});
}

TEST_CASE("None is no regularizer") {
  CHECK_FALSE(Regularizer());
  CHECK_FALSE(Regularizer(nullptr));
  CHECK_FALSE(Regularizer(""));
  CHECK(Regularizer().to_json().is_null());
  CHECK_FALSE(Regularizer::from_json(nullptr));
  CHECK_THROWS_WITH_AS(Regularizer()(w), "StateError: regularizer: None cannot be called", StateError);
}

TEST_CASE("penalties that are sums over samples are known as such") {
  for (const char* name : {"l1", "l2", "l1l2", "l1_l2", ""}) CHECK(is_additive(name));
  CHECK_FALSE(is_additive("orthogonal_regularizer"));
  CHECK_FALSE(is_additive([](const Tensor& x) { return sum(x); }));
}

TEST_CASE("bad arguments are refused") {
  CHECK_THROWS_WITH_AS(
      L1({.l1 = -1}), "ValueError: L1: l1 must be a non-negative number (received l1=-1)", ValueError);
  CHECK_THROWS_WITH_AS(L2({.l2 = std::nan("")}),
      "ValueError: L2: l2 must be a non-negative number (received l2=nan)", ValueError);
  CHECK_THROWS_WITH_AS(L1L2({.l2 = INFINITY}),
      "ValueError: L1L2: l2 must be a non-negative number (received l2=inf)", ValueError);
  CHECK_THROWS_WITH_AS(OrthogonalRegularizer({.factor = -0.5}),
      "ValueError: OrthogonalRegularizer: factor must be a non-negative number (received factor=-0.5)",
      ValueError);
  CHECK_THROWS_WITH_AS(OrthogonalRegularizer({.mode = "diagonal"}),
      "ValueError: OrthogonalRegularizer: mode must be rows or columns (received mode=\"diagonal\")",
      ValueError);
  CHECK_THROWS_WITH_AS(OrthogonalRegularizer()(ones({2, 3, 4})),
      "ValueError: OrthogonalRegularizer: the weight must be a matrix (received shape (2, 3, 4))",
      ValueError);
  CHECK_THROWS_WITH_AS(Regularizer("l3"),
      "ValueError: regularizer: could not interpret the name \"l3\"; known are L1, L2, L1L2, "
      "OrthogonalRegularizer",
      ValueError);
}
