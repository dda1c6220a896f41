// What the program tells: on the terminal, as a CSV of the errors, and as a summary in JSON.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include <xtape/optim/training/history.hpp>

#include "detection.hpp"
#include "labels.hpp"
#include "series.hpp"

namespace autoencoder1d {

struct Result {
  Index parameters = 0;
  History history;
  std::vector<Detection> detections;  // the autoencoder's, then those of the baselines
  std::vector<Score> scores;          // of the detections; none without labels

  const Detection& autoencoder() const { return detections.front(); }
};

/// The stretches with their times, and a table of what each detection found.
void print_report(std::ostream& out, const Result& result, const Series& series);

/// One line a window: its first step and that step's time, each detection's error, whether the autoencoder flags it.
void write_errors(
    const std::string& path, const Result& result, const Series& series, const Windows& windows);

/// The summary that --summary asks for.
void write_summary(const std::string& path, const Result& result, const Series& series);

}  // namespace autoencoder1d
