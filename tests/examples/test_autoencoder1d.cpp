// build/bin/autoencoder1d as its users run it: does it learn, does it point at the right place, and what does it say of
// files that are not what they should be?
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <xtape/core/npy.hpp>
#include <xtape/core/tensor.hpp>

#include "core/temporary_folder.hpp"
#include "shared_data.hpp"

using namespace xtape;
using xtape::test::contents_of;
using xtape::test::shared_path;
using xtape::test::TemporaryFolder;
using xtape::test::write_contents;
using Json = nlohmann::json;

namespace {

struct Answer {
  int status = -1;
  std::string text;  // of standard output and standard error
};

Answer run(const std::string& arguments, const std::string& before = "") {
  const char* programs = std::getenv("XTAPE_BIN_DIR");
  const std::string command =
      before + std::string(programs ? programs : "build/bin") + "/autoencoder1d " + arguments + " 2>&1";
  Answer answer;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) answer.text += static_cast<char>(c);
  answer.status = WEXITSTATUS(pclose(pipe));
  return answer;
}

bool says(const Answer& answer, const std::string& text) {
  return answer.text.find(text) != std::string::npos;
}

/// Runs the program with its results in the folder, and reads the summary that it writes there.
Json summary_of(const TemporaryFolder& folder, const std::string& arguments) {
  const Answer answer =
      run("--out " + folder.path() + " --summary " + folder / "summary.json" + ' ' + arguments);
  INFO(answer.text);
  REQUIRE(answer.status == 0);
  return Json::parse(contents_of(folder / "summary.json"));
}

/// A wave of 20 steps, of which those in [first, last) are upside down.
std::string wave(Index steps, Index first = 0, Index last = 0) {
  std::string text = "timestamp,value\n";
  for (Index t = 0; t < steps; ++t) {
    char time[32];
    std::snprintf(time, sizeof time, "2014-04-%02d %02d:00:00", int(1 + t / 24), int(t % 24));
    const double value = std::sin(0.314159265 * double(t)) + 0.05 * std::sin(double(t * t));
    text += std::string(time) + ',' + std::to_string(first <= t && t < last ? 1.5 - 2 * value : value) + '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("a few epochs on the electrocardiogram halve the loss, and its results are written") {
  const TemporaryFolder folder;
  const Json summary = summary_of(folder, "--epochs 6 --threads 1");
  CHECK(summary["parameters"] == 4443);
  CHECK(summary["epochs"] == 6);
  const std::vector<double> loss = summary["history"]["loss"], val_loss = summary["history"]["val_loss"];
  REQUIRE(loss.size() == 6);
  CHECK(val_loss.size() == 6);
  CHECK(loss.front() < 1.1);
  CHECK(loss.back() < 0.5);
  CHECK(summary["threshold"] > 0.2);
  CHECK(summary["intervals"].size() > 0);
  CHECK(summary["baselines"]["pca"]["threshold"] > 0.1);
  CHECK(summary["baselines"]["largest_z"]["threshold"] > 5);

  const std::string errors = contents_of(folder / "errors.csv");
  CHECK(errors.starts_with("step,time,autoencoder,largest_z,pca,flagged\n0,0.00 s,"));
  // Windows of 128 of the 54 000 steps, every 8 of them, and the line of names.
  CHECK(std::count(errors.begin(), errors.end(), '\n') == (54000 - 128) / 8 + 1 + 1);
}

TEST_CASE("the same seed gives the same numbers for any number of threads, and another seed others") {
  const TemporaryFolder folder;
  const std::string options = "--epochs 1 --stride 64 ";
  const Json one = summary_of(folder, options + "--threads 1 --seed 3");
  CHECK(summary_of(folder, options + "--threads 2 --seed 3") == one);
  CHECK(summary_of(folder, options + "--threads 2 --seed 4") != one);
  CHECK(summary_of(folder, options + "--threads 1 --seed 3 --dtype float64") != one);
}

TEST_CASE("beats score the electrocardiogram when labels are given") {
  const auto beats = shared_path("data/ecg/beats.csv");
  if (!beats) return;
  const TemporaryFolder folder;
  const Json summary = summary_of(folder, "--epochs 8 --threads 1 --labels " + beats->string());
  CHECK(summary["auc"]["V"] > 0.9);
  CHECK(summary["auc"]["F"] > 0.7);
  CHECK(summary["precision"] <= 1);
  CHECK(summary["recall"] > 0.5);
  CHECK(summary["baselines"]["pca"]["auc"]["V"] == doctest::Approx(0.985).epsilon(0.005));
}

TEST_CASE("what is upside down in a wave is found in a CSV and in an npy, and in the labelled window") {
  const TemporaryFolder folder;
  write_contents(folder / "train.csv", wave(500));
  write_contents(folder / "test.csv", wave(500, 240, 300));
  write_contents(folder / "labels.json",
      R"({"some/test.csv": [["2014-04-11 00:00:00.000000", "2014-04-13 11:00:00.000000"]]})");
  const std::string options = "--window 20 --batch-size 16 --threads 1 ";
  const Json summary = summary_of(folder, options + "--epochs 40 --csv " + folder / "train.csv" + " --test " +
                                              folder / "test.csv" + " --labels " + folder / "labels.json");
  CHECK(summary["parameters"] == 9505);
  CHECK(summary["steps_flagged"] > 10);
  CHECK(summary["steps_in_label"] == summary["steps_flagged"]);
  REQUIRE(summary["intervals"].size() > 0);
  CHECK(summary["intervals"][0]["start"] >= "2014-04-11 00:00:00");
  CHECK(summary["intervals"].back()["end"] <= "2014-04-13 11:00:00");

  const Json itself = summary_of(folder, options + "--epochs 1 --csv " + folder / "train.csv");
  CHECK(itself["windows_flagged"] == 0);

  std::vector<double> two_channels;
  for (Index t = 0; t < 400; ++t) two_channels.push_back(std::sin(double(t) * double(t % 2 + 1)));
  save_npy(folder / "train.npy", Tensor::from(two_channels, {200, 2}));
  const Json channels =
      summary_of(folder, "--epochs 2 --window 16 --early-stopping --npy " + folder / "train.npy");
  CHECK(channels["parameters"] == 9505 + 7 * 32 + 7 * 32 + 1);
}

TEST_CASE("the model of the Keras page starts as it does in Keras") {
  const auto nab = shared_path("data/nab");
  if (!nab) return;
  const TemporaryFolder folder;
  const Json summary =
      summary_of(folder, "--epochs 1 --csv " + (*nab / "art_daily_small_noise.csv").string() + " --test " +
                             (*nab / "art_daily_jumpsup.csv").string());
  CHECK(summary["parameters"] == 9505);
  CHECK(summary["history"]["loss"][0] > 0.40);
  CHECK(summary["history"]["loss"][0] < 0.60);
}

TEST_CASE(
    "files that are not what they should be end with one clear line, exit code 2, and nothing written") {
  const TemporaryFolder folder;
  const auto file = [&](const std::string& name, const std::string& contents) {
    write_contents(folder / name, contents);
    return folder / name;
  };
  const std::string good = file("good.csv", wave(300));
  save_npy(folder / "good.npy", zeros({4, 4, 4}));
  const std::string npy = contents_of(folder / "good.npy");
  save_npy(folder / "nan.npy", full({300}, std::nan("")));
  save_npy(folder / "empty.npy", zeros({0}));

  struct Case {
    std::string arguments, says;
  };
  const std::vector<Case> cases = {
      {"--csv " + folder / "missing.csv", "missing.csv: cannot be opened"},
      {"--csv " + folder.path(), "is a folder"},
      {"--csv " + file("empty.csv", ""), "empty.csv: is empty"},
      {"--csv " + file("header.csv", "timestamp,value\n"), "header.csv: has no rows"},
      {"--csv " + file("text.csv", "time,value\n1,2\n2,many\n"),
          "line 3, column 2: expected a finite number (received \"many\")"},
      {"--csv " + file("nan.csv", "value\n1\nnan\n"),
          "line 3, column 1: expected a finite number (received \"nan\")"},
      {"--csv " + file("huge.csv", "1\n1e999\n"), "line 2, column 1: expected a finite number"},
      {"--csv " + file("gap.csv", "time,value\n1,2\n2,\n"),
          "line 3, column 2: expected a finite number (received \"\")"},
      {"--csv " + file("ragged.csv", "1,2\n1\n"), "line 2: expected 2 columns (received 1)"},
      {"--csv " + file("times.csv", "time\n1\n2\n"), "no column of numbers"},
      {"--csv " + file("short.csv", wave(100)), "short.csv: is too short for a window of 288"},
      {"--csv " + file("flat.csv", "1\n1\n1\n"), "flat.csv: has a column whose values are all the same"},
      {"--csv " + good + " --window 20 --test " + folder / "short-test.csv",
          "short-test.csv: cannot be opened"},
      {"--csv " + good + " --window 20 --test " + file("tiny.csv", wave(10)), "tiny.csv: is too short"},
      {"--csv " + good + " --window 20 --test " + file("wide.csv", "1,2\n3,4\n"),
          "wide.csv: expected 1 columns"},
      {"--csv " + good + " --window 20 --test " + file("far.csv", "1\n1e300\n"),
          "far.csv: has values that are too far"},
      {"--npy " + folder / "missing.npy", "missing.npy"},
      {"--npy " + file("cut.npy", npy.substr(0, npy.size() - 8)), "cut.npy"},
      {"--npy " + good, "good.csv"},
      {"--npy " + folder / "good.npy",
          "expected an array (steps,) or (steps, channels) (received (4, 4, 4))"},
      {"--npy " + folder / "nan.npy", "nan.npy: expected finite numbers"},
      {"--npy " + folder / "empty.npy", "empty.npy: expected some values"},
      {"--data " + folder.path(), "ecg.npy"},
      {"--labels " + folder / "missing.csv", "missing.csv: cannot be opened"},
      {"--labels " + good, "expected the columns sample,type"},
      {"--labels " + file("late.csv", "sample,type\n108000,N\n"), "line 2: there is no sample 108000"},
      {"--labels " + file("odd.csv", "sample,type\nten,N\n"), "line 2, column 1: expected a finite number"},
      {"--labels " + file("only.csv", "sample,type\n9000,N\n"), "has no beats of type V"},
      {"--csv " + good + " --window 20 --labels " + file("odd.json", "[1, 2]"), "odd.json: expected JSON"},
      {"--csv " + good + " --window 20 --labels " + file("others.json", "{}"), "has no labels of good.csv"},
      {"--csv " + good + " --window 20 --labels " + file("past.json", R"({"good.csv": [["2001", "2002"]]})"),
          "no step of"},
      {"--out " + good, "good.csv"},
      {"--summary " + good + "/summary.json", "good.csv"},
      {"--summary " + folder.path(), "is a folder"},
  };
  const std::vector<std::string> before = folder.files();
  for (const Case& c : cases) {
    const bool own_out = c.arguments.starts_with("--out");
    const Answer answer = run(c.arguments + (own_out ? "" : " --out " + folder / "out/of/it"));
    INFO(c.arguments);
    INFO(answer.text);
    CHECK(answer.status == 2);
    CHECK(says(answer, c.says));
    CHECK(std::count(answer.text.begin(), answer.text.end(), '\n') == 1);
    std::filesystem::remove_all(folder / "out");
    CHECK(folder.files() == before);
  }
}

TEST_CASE("options are checked, and --help lists them") {
  for (const char* arguments :
      {"--epochs 0", "--epochs many", "--window 100", "--window -16", "--batch-size 0", "--stride 0",
          "--learning-rate 0", "--learning-rate nan", "--seed -1", "--dtype int32", "--threads 0",
          "--no-such-option", "--test a.csv", "--csv a.csv --npy a.npy", "--csv ''", "--window", "extra"}) {
    INFO(arguments);
    const Answer answer = run(arguments);
    CHECK(answer.status == 2);
    CHECK(answer.text.size() > 10);
  }
  const Answer help = run("--help");
  CHECK(help.status == 0);
  for (const char* option :
      {"--csv", "--test", "--npy", "--labels", "--window", "--stride", "--epochs", "--batch-size",
          "--learning-rate", "--seed", "--dtype", "--threads", "--out", "--early-stopping", "--summary"})
    CHECK(says(help, option));
}

TEST_CASE("without gnuplot there is a line in place of the picture") {
  const TemporaryFolder folder;
  write_contents(folder / "train.csv", wave(100));
  const Answer answer =
      run("--csv " + folder / "train.csv" + " --window 20 --epochs 1 --out " + folder / "out",
          "PATH=" + folder.path() + ' ');
  CHECK(answer.status == 0);
  CHECK(says(answer, "No picture: gnuplot is not installed"));
  CHECK(std::filesystem::exists(folder / "out/errors.csv"));
  CHECK(!std::filesystem::exists(folder / "out/autoencoder1d.png"));
}
