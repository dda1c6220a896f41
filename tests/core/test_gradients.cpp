// Every op of op_table: is there a case, does the case run the op, and are two orders of its gradient right?
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "gradient_cases.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>

using namespace xtape;
using namespace xtape::testing;

TEST_CASE("every op has a gradient case") {
  std::set<Op> with_case;
  for (const GradientCase& c : all_gradient_cases()) with_case.insert(c.op);
  for (const OpInfo& info : op_table)
    CHECK_MESSAGE(with_case.count(info.op) == 1, "no gradient case for ", info.name);
}

TEST_CASE("every gradient case records its op") {
  for (const GradientCase& c : all_gradient_cases())
    CHECK_MESSAGE(records_its_op(c), name(c.op), " (", c.name, ") never records ", name(c.op));
}

TEST_CASE("two orders of every op's gradient agree with differences, and no case stands at a kink") {
  for (const GradientCase& c : all_gradient_cases()) {
    const auto report =
        check_gradients(c.function, draw_inputs(c), {.op = std::string(name(c.op)), .name = c.name});
    CHECK_MESSAGE((report.passed() && report.kinks.empty()), concat(report));
  }
}

TEST_CASE("first-order gradients in float32 agree with differences coarsely") {
  for (const GradientCase& c : all_gradient_cases()) {
    const auto report = check_gradients(c.function, draw_inputs(c),
        {.op = std::string(name(c.op)), .name = c.name, .order = 1, .dtype = DType::float32});
    CHECK_MESSAGE(report.passed(), concat(report));
  }
}
