// gradcheck: compares every gradient of the framework with differences, prints a table, and fails when one is wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>

#include "gradcheck/subjects.hpp"

#include <xtape/core/errors.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

struct Row {
  std::string family, name;
  int cases = 0;
  std::vector<double> worst = {};
  bool failed = false;
  std::string notes = {};

  void add(const Subject& s, const GradientCheckOptions& options) {
    ++cases;
    if (!s.complaint.empty()) {
      failed = true;
      notes +=
          concat("  ", s.name, s.case_name.empty() ? "" : " (" + s.case_name + ")", ": ", s.complaint, "\n");
    }
    if (!s.check) return;
    try {
      add(s.check(options));
    } catch (const std::exception& error) {
      failed = true;
      notes += concat("  ", s.name, " (", s.case_name, "): threw ", error.what(), "\n");
    }
  }
  void add(const GradientCheckReport& report) {
    worst.resize(std::max(worst.size(), report.worst_error.size()));
    for (std::size_t i = 0; i < report.worst_error.size(); ++i)
      if (!(report.worst_error[i] <= worst[i])) worst[i] = report.worst_error[i];
    failed |= !report.passed();
    if (!report.passed() || !report.kinks.empty()) notes += concat("  ", report);
  }
  void print() const {
    std::cout << std::left << std::setw(13) << family << std::setw(28) << name << std::right << std::setw(5)
              << cases;
    for (const double error : worst)
      std::cout << std::setw(12) << std::scientific << std::setprecision(1) << error << std::defaultfloat;
    std::cout << (failed ? "  FAILED" : "") << '\n' << notes << std::flush;
  }
};

int sweep(const Subjects& subjects, GradientCheckOptions options, const std::string& csv) {
  for (const Subject& s : subjects) {
    if (!s.sweep) continue;
    options.op = s.name, options.name = s.case_name;
    const StepSweep result = s.sweep(options);
    if (csv.empty()) {
      std::cout << result.table() << '\n' << result.plot() << '\n';
      continue;
    }
    std::ofstream file(csv);
    file << result.csv();
    if (!file.flush()) throw ValueError(concat("gradcheck: cannot write ", csv));
    return 0;  // a file holds one curve: that of the first case
  }
  return 0;
}

int check(const Subjects& subjects, GradientCheckOptions options) {
  std::cout << std::left << std::setw(13) << "family" << std::setw(28) << "name" << std::right << std::setw(5)
            << "cases";
  for (int order = 1; order <= options.order; ++order) std::cout << std::setw(12) << concat("order ", order);
  std::cout << '\n';
  int names = 0, failures = 0;
  for (auto s = subjects.begin(); s != subjects.end();) {
    Row row{s->family, s->name};
    for (; s != subjects.end() && s->family == row.family && s->name == row.name; ++s) {
      options.op = s->name, options.name = s->case_name;
      row.add(*s, options);
    }
    row.print();
    ++names;
    failures += row.failed;
  }
  std::cout << names << " checked, " << failures << " failed\n";
  return failures > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares every gradient with differences; exits with 1 when one is wrong.");
  std::vector<std::string> names;
  bool sweep_wanted = false, float32 = false;
  std::string csv;
  GradientCheckOptions options;
  app.add_option("names", names, "Only these ops, layers, losses, ... (all when absent)");
  app.add_flag("--sweep", sweep_wanted, "Show the error of differences against their step: the V");
  app.add_option("--csv", csv, "Write the sweep of the first case to this file instead")->needs("--sweep");
  app.add_option("--order", options.order, "Check derivatives up to this order")->check(CLI::Range(1, 4));
  app.add_option("--directions", options.directions, "Random directions a case")->check(CLI::Range(1, 1000));
  app.add_flag("--jacobian", options.whole_jacobian, "Compare every entry of the Jacobians");
  app.add_flag("--float32", float32, "Check in float32, coarsely");
  app.add_option("--step", options.step, "Largest step of the differences");
  app.add_option("--seed", options.seed, "Seed of inputs and directions");
  CLI11_PARSE(app, argc, argv);
  try {
    if (float32) options.dtype = DType::float32;
    Subjects subjects = all_subjects();
    for (const std::string& name : names)
      require(std::any_of(subjects.begin(), subjects.end(), [&](const Subject& s) { return s.name == name; }),
          "gradcheck", "there is no op, layer or loss of that name (received \"", name, "\")");
    if (!names.empty())
      std::erase_if(subjects,
          [&](const Subject& s) { return std::find(names.begin(), names.end(), s.name) == names.end(); });
    return sweep_wanted ? sweep(subjects, options, csv) : check(subjects, options);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
