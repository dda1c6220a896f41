// Does build/bin/conformance notice what is wrong? Each test gives it a document of its own.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Answer {
  int status = -1;
  std::string text;
};

/// Runs conformance on a folder with these cases of Dense, between `{"name": "a", ` and `}`.
Answer run(const std::string& fields, const std::string& options = "") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("xtape_conformance_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "dense.json")
      << R"({"group": "dense", "tolerance": {"float64": 1e-10, "float32": 1e-4}, "cases": [{"name": "a", )"
      << fields << "}]}";
  const char* programs = std::getenv("XTAPE_BIN_DIR");
  const std::string command = std::string(programs ? programs : "build/bin") + "/conformance " +
                              folder.string() + ' ' + options + " 2>&1";
  Answer answer;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) answer.text += static_cast<char>(c);
  answer.status = WEXITSTATUS(pclose(pipe));
  std::filesystem::remove_all(folder);
  return answer;
}

bool says(const Answer& answer, const std::string& text) {
  return answer.text.find(text) != std::string::npos;
}

// x = {1, 2} through the kernel {3, 4} is 11, and its gradient for x is the kernel.
const std::string dense = R"("layer": {"class_name": "Dense", "config": {"units": 1, "use_bias": false}},
  "input": {"shape": [1, 2], "data": [1.0, 2.0]}, "weights": {"kernel": {"shape": [2, 1], "data": [3.0, 4.0]}})";
const std::string right = dense + R"(, "output": {"shape": [1, 1], "data": [11.0]})";

}  // namespace

TEST_CASE("conformance passes a right answer, in both dtypes") {
  const Answer answer = run(right);
  CHECK(answer.status == 0);
  CHECK(says(answer, "dense 1/1 float64\ndense 1/1 float32\n"));
  CHECK(run(right, "--group dense --case a").status == 0);
}

TEST_CASE("conformance names the case and the first difference of a wrong answer") {
  const Answer value = run(dense + R"(, "output": {"shape": [1, 1], "data": [11.01]})");
  CHECK(value.status == 1);
  CHECK(says(value, "dense 0/1 float64\n    a: output[0]: expected 11.01, got 11"));
  const Answer shape = run(dense + R"(, "output": {"shape": [1], "data": [11.0]})");
  CHECK(says(shape, "a: output: expected shape (1,), got (1, 1)"));
  const Answer gradient = run(right + R"(, "cotangent": {"shape": [1, 1], "data": [1.0]},
    "grad_input": {"shape": [1, 2], "data": [3.0, 5.0]})");
  CHECK(says(gradient, "a: grad_input[1]: expected 5, got 4"));
}

TEST_CASE("conformance uses a case's own tolerance and runs it in float64 only when the case says so") {
  const std::string off = dense + R"(, "output": {"shape": [1, 1], "data": [11.01]}, "tolerance": 1e-2)";
  CHECK(run(off).status == 0);
  const Answer answer = run(right + R"(, "float64_only": true)");
  CHECK(answer.status == 0);
  CHECK(!says(answer, "float32"));
}

TEST_CASE("conformance fails a case with a field that it does not know") {
  const Answer answer = run(right + R"(, "colour": "red")");
  CHECK(answer.status == 1);
  CHECK(says(answer, "a: the runner does not know the field \"colour\""));
}

TEST_CASE("conformance counts what is not built apart") {
  const Answer answer =
      run(R"("layer": {"class_name": "NoSuchLayer", "config": {}}, "input": {"shape": [1], "data": [1.0]})");
  CHECK(answer.status == 0);
  CHECK(says(answer, "dense 0/0 float64    not built yet: NoSuchLayer (1)"));
}

TEST_CASE("conformance takes an empty answer or a ValueError for a case at the edge, and nothing else") {
  const std::string layer = R"("layer": {"class_name": "Dense", "config": {"units": 1, "use_bias": false}},
    "weights": {"kernel": {"shape": [2, 1], "data": [3.0, 4.0]}}, "edge": true, )";
  CHECK(run(layer + R"("input": {"shape": [0, 2], "data": []})").status == 0);
  CHECK(run(layer + R"("input": {"shape": [2], "data": [1.0, 2.0]})").status == 0);
  CHECK(run(layer + R"("input": {"shape": [1, 2], "data": [1.0, 2.0]})").status == 1);
}

TEST_CASE("conformance ends with 2 when there is nothing to run") {
  CHECK(run(right, "--group nothing").status == 2);
  CHECK(run(right, "--case nothing").status == 2);
  CHECK(run("no JSON").status == 2);
}
