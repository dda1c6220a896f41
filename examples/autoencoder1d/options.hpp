// The command line.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include <xtape/core/shape.hpp>

namespace autoencoder1d {

using namespace xtape;

struct Options {
  std::string csv, npy, test;  // files to train on and to score; none: the electrocardiogram
  std::string data = XTAPE_EXAMPLES_DATA;
  std::string labels;
  Index window = 0, stride = 0, batch_size = 0;  // 0: what suits the data
  Index epochs = 50;
  double learning_rate = 1e-3;
  bool early_stopping = false;
  std::uint64_t seed = 0;
  std::string dtype = "float32";
  int threads = 0;  // 0: one for each core
  std::string out = "autoencoder1d-results";
  std::string summary;

  bool is_electrocardiogram() const { return csv.empty() && npy.empty(); }
};

/// The options, or, where there is nothing to do, the program's exit code: 0 after --help, 2 for options that are wrong.
std::variant<Options, int> parse_options(int argc, char** argv);

}  // namespace autoencoder1d
