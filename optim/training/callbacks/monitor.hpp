// Monitor: whether a watched number got better. Shared by the callbacks that watch one.
#pragma once
#include <limits>
#include <optional>
#include <string>

#include <xtape/optim/training/history.hpp>

namespace xtape {

class Monitor {
 public:
  /// mode: "min", "max", or "auto", which takes max for names that hold "acc" or "auc" or begin with "fmeasure".
  /// Throws ValueError for another mode.
  Monitor(std::string_view owner, std::string name, const std::string& mode, double min_delta = 0);

  const std::string& name() const { return name_; }
  /// Whether `value` is better than `best` by more than min_delta.
  bool is_better(double value, double best) const {
    return greater_ ? value - min_delta_ > best : value + min_delta_ < best;
  }
  /// Worse than any value.
  double worst() const {
    return greater_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  /// The number in these logs; absent, with a warning on the error stream that names those that there are.
  std::optional<double> value_in(const Logs& logs) const;

 private:
  std::string owner_, name_;
  bool greater_;
  double min_delta_;
};

}  // namespace xtape
