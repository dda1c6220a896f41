// What build/bin/gradcheck checks. A family (ops, layers, losses, ...) is one function that lists its subjects.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <xtape/core/gradient_check.hpp>

namespace xtape::testing {

/// One case of one subject: "conv1d", "stride 2".
struct Subject {
  std::string family, name, case_name;
  std::function<GradientCheckReport(const GradientCheckOptions&)> check;
  std::function<StepSweep(const GradientCheckOptions&)> sweep;
  /// What is wrong with the case itself; empty when nothing is.
  std::string complaint = {};
};
using Subjects = std::vector<Subject>;

/// Every op of op_table; an op without a case is listed with a complaint.
Subjects op_subjects();

/// Every layer, loss and regularizer of the registries; a layer without a sample is listed with a complaint.
Subjects layer_subjects();
Subjects loss_subjects();
Subjects regularizer_subjects();

/// All families.
inline Subjects all_subjects() {
  Subjects all;
  for (const auto family : {op_subjects, layer_subjects, loss_subjects, regularizer_subjects})
    for (Subject& s : family()) all.push_back(std::move(s));
  return all;
}

}  // namespace xtape::testing
