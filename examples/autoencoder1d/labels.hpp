// Labels: what people say is not normal. They are never trained on; they only tell how good a detection is.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detection.hpp"
#include "series.hpp"

namespace autoencoder1d {

/// How well a detection agrees with the labels; what the labels do not tell is absent.
struct Score {
  /// For each class of beats, V (ventricular) and F (fusion): the chance that a beat of the class has a larger error than a
  /// normal one.
  std::vector<std::pair<std::string, double>> auc;
  /// At the threshold: how many of the beats flagged are V rather than N, and how many of the V are flagged.
  std::optional<double> precision, recall;
  /// How many of the flagged steps lie in a labelled window.
  std::optional<Index> steps_in_label;
};

/// Beats of a heart, from a file with the columns sample,type.
class Beats {
 public:
  /// Reads the beats of a record. Throws ValueError when the file is not made so, has beats outside of the record, or
  /// lacks N or V beats after `from_second`; earlier beats do not count.
  Beats(const std::string& path, const Series& record, double from_second);

  Score score(const Detection& detection, const Windows& windows) const;

 private:
  struct Beat {
    double second;
    std::string type;
  };
  std::vector<Beat> beats_;
  double steps_per_second_;
};

/// Stretches of time, from a JSON file {"folder/series.csv": [["2014-04-10 16:15:00", "2014-04-12 01:45:00"], ...], ...}.
class LabelledWindows {
 public:
  /// Reads those of the series, found by its file's name. Throws ValueError when the file is not made so or has none of
  /// that name, and when the series has no timestamps or others.
  LabelledWindows(const std::string& path, const Series& series);

  Score score(const Detection& detection) const;

 private:
  std::vector<bool> labelled_;  // one a step
};

}  // namespace autoencoder1d
