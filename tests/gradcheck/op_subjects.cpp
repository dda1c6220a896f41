#include "gradcheck/subjects.hpp"
#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

Subject subject_of(const GradientCase& c) {
  return {"op", std::string(name(c.op)), c.name,
      [c](const GradientCheckOptions& o) { return check_gradients(c.function, draw_inputs(c, o.seed), o); },
      [c](const GradientCheckOptions& o) { return sweep_steps(c.function, draw_inputs(c, o.seed), o); },
      records_its_op(c) ? "" : "the case never records its op"};
}

}  // namespace

Subjects op_subjects() {
  const GradientCases cases = all_gradient_cases();
  Subjects subjects;
  for (const OpInfo& info : op_table) {
    const auto before = subjects.size();
    for (const GradientCase& c : cases)
      if (c.op == info.op) subjects.push_back(subject_of(c));
    if (subjects.size() == before)
      subjects.push_back({"op", std::string(info.name), "", {}, {}, "there is no gradient case for it"});
  }
  return subjects;
}

}  // namespace xtape::testing
