// conformance DIR [--group G]... [--case NAME]...: compares xtape with the answers of Keras in the JSON documents of DIR.
//
// One line for each group and dtype, "conv1d 37/37 float64", and below it the cases that fail with their first difference.
// Cases about classes that do not exist yet are counted apart. Ends with 1 when a case fails, with 2 when there is nothing
// to run.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "checks.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace xtape;
using namespace xtape::conformance;

struct Selection {
  std::filesystem::path folder;
  std::vector<std::string> groups, cases;
};

struct Tally {
  int passed = 0;
  std::vector<std::string> failures;
  std::map<std::string, int> not_built;
};

/// A document's tolerance, unless the case has its own: one number, or one for each dtype.
double tolerance_of(const Json& document, const Json& json, DType dtype) {
  const Json& tolerance = json.contains("tolerance") ? json["tolerance"] : document.at("tolerance");
  return tolerance.is_number() ? tolerance.get<double>()
                               : tolerance.at(std::string(name(dtype))).get<double>();
}

void run_case(const Json& document, const Json& json, Check check, DType dtype, Tally& tally) {
  const std::string name = json.at("name").get<std::string>();
  const auto fail = [&](const std::string& text) { tally.failures.push_back(name + ": " + text); };
  try {
    const Case c(json, dtype, tolerance_of(document, json, dtype));
    try {
      check(c);
      c.expect_all_read();
    } catch (const EmptyAtTheEdge&) {
    } catch (const ValueError&) {
      if (!c.is_at_the_edge()) throw;
    }
    ++tally.passed;
  } catch (const Failure& failure) {
    fail(failure.text);
  } catch (const NotBuilt& missing) {
    ++tally.not_built[missing.what];
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

bool is_selected(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

Tally run_group(const Json& document, const Selection& selection, DType dtype) {
  const std::string group = document.at("group").get<std::string>();
  const Check check = check_of(group);
  Tally tally;
  set_default_dtype(
      dtype);  // layers and what they are made of then work in it, as under keras.config.set_floatx
  for (const Json& json : document.at("cases")) {
    if (!is_selected(selection.cases, json.at("name").get<std::string>())) continue;
    if (dtype != DType::float64 && json.value("float64_only", false)) continue;
    if (check) {
      run_case(document, json, check, dtype, tally);
    } else {
      ++tally.not_built["group " + group];
    }
  }
  return tally;
}

void print(const std::string& group, DType dtype, const Tally& tally) {
  const int failed = static_cast<int>(tally.failures.size());
  std::cout << group << ' ' << tally.passed << '/' << tally.passed + failed << ' ' << name(dtype);
  const char* separator = "    not built yet: ";
  for (const auto& [what, count] : tally.not_built) {
    std::cout << separator << what << " (" << count << ')';
    separator = ", ";
  }
  std::cout << '\n';
  for (const std::string& failure : tally.failures) std::cout << "    " << failure << '\n';
}

/// The documents of a folder that were asked for, by group. Throws ValueError for a file that is none.
std::map<std::string, Json> read_documents(const Selection& selection) {
  std::map<std::string, Json> documents;
  for (const auto& file : std::filesystem::directory_iterator(selection.folder)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    Json document = Json::parse(in, nullptr, false);
    if (document.is_discarded() || !document.contains("group") || !document.contains("cases"))
      throw ValueError(concat(file.path().string(), ": not a document with a group and cases"));
    const std::string group = document["group"].get<std::string>();
    if (is_selected(selection.groups, group)) documents[group] = std::move(document);
  }
  for (const std::string& group : selection.groups)
    if (!documents.contains(group))
      throw ValueError(concat("there is no group \"", group, "\" in ", selection.folder.string()));
  return documents;
}

/// 0 when every case passes, 1 when one fails, 2 when there is none.
int run(const Selection& selection) {
  int passed = 0, failed = 0, not_built = 0;
  for (const auto& [group, document] : read_documents(selection)) {
    for (const DType dtype : {DType::float64, DType::float32}) {
      const Tally tally = run_group(document, selection, dtype);
      if (tally.passed == 0 && tally.failures.empty() && tally.not_built.empty()) continue;
      print(group, dtype, tally);
      passed += tally.passed;
      failed += static_cast<int>(tally.failures.size());
      for (const auto& [what, count] : tally.not_built) not_built += count;
    }
  }
  std::cout << passed << " passed, " << failed << " failed, " << not_built << " not built yet\n";
  if (failed > 0) return 1;
  return passed + not_built > 0 ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares xtape with the answers of Keras, in float64 and in float32.");
  Selection selection;
  app.add_option("folder", selection.folder, "Folder of conformance documents (JSON)")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--group", selection.groups, "Only this group; may be repeated");
  app.add_option("--case", selection.cases, "Only the case of this name; may be repeated");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(selection);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
