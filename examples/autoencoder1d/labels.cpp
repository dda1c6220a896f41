#include "labels.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

namespace autoencoder1d {
namespace {

/// The area under the curve of recall over false alarms: the share of pairs in which the abnormal one has the larger error,
/// a tie counting one half (Mann and Whitney's statistic).
double area_under_curve(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  double won = 0;
  for (const double a : abnormal)
    for (const double n : normal) won += a > n ? 1 : a == n ? 0.5 : 0;
  return won / (static_cast<double>(normal.size()) * static_cast<double>(abnormal.size()));
}

double count_above(const std::vector<double>& errors, double threshold) {
  return static_cast<double>(
      std::count_if(errors.begin(), errors.end(), [&](double e) { return e > threshold; }));
}

/// The error at one step: the mean over the window whose centre is nearest to it and the two beside that one.
double error_around(double step, const Detection& detection, const Windows& windows) {
  const auto centre = static_cast<double>(windows.length()) / 2;
  const auto nearest = static_cast<Index>(std::lround((step - centre) / static_cast<double>(windows.stride)));
  const Index last = windows.count() - 1;
  double total = 0;
  for (Index i = nearest - 1; i <= nearest + 1; ++i) total += detection.errors[std::clamp<Index>(i, 0, last)];
  return total / 3;
}

/// A time that compares as text: "2014-04-10T16:15:00.000000" is "2014-04-10 16:15:00".
std::string comparable(std::string time) {
  std::replace(time.begin(), time.end(), 'T', ' ');
  if (time.find('.') == std::string::npos) return time;
  time.erase(time.find_last_not_of('0') + 1);
  if (time.ends_with('.')) time.pop_back();
  return time;
}

}  // namespace

Beats::Beats(const std::string& path, const Series& record, double from_second)
    : steps_per_second_(record.steps_per_second) {
  const Table table = read_table(path);
  require(table.header == std::vector<std::string>{"sample", "type"}, path,
      "expected the columns sample,type in a line of their own");
  constexpr double samples_per_second = 360;  // labels count the samples of the original record
  const double length = static_cast<double>(record.steps()) / steps_per_second_;
  for (const Table::Row& row : table.rows) {
    const double second = number_at(table, row, 0) / samples_per_second;
    require(0 <= second && second < length, path, "line ", row.line, ": there is no sample ", row.fields[0],
        " in the record");
    if (second >= from_second) beats_.push_back({second, row.fields[1]});
  }
  for (const std::string type : {"N", "V"})
    require(std::any_of(beats_.begin(), beats_.end(), [&](const Beat& b) { return b.type == type; }), path,
        "has no beats of type ", type, " after ", from_second, " s");
}

Score Beats::score(const Detection& detection, const Windows& windows) const {
  const auto errors_of = [&](const std::string& type) {
    std::vector<double> errors;
    for (const Beat& beat : beats_)
      if (beat.type == type)
        errors.push_back(error_around(beat.second * steps_per_second_, detection, windows));
    return errors;
  };
  const std::vector<double> normal = errors_of("N"), ventricular = errors_of("V"), fusion = errors_of("F");
  Score score;
  score.auc.emplace_back("V", area_under_curve(normal, ventricular));
  if (!fusion.empty()) score.auc.emplace_back("F", area_under_curve(normal, fusion));
  const double found = count_above(ventricular, detection.threshold);
  const double flagged = found + count_above(normal, detection.threshold);
  score.precision = flagged > 0 ? found / flagged : 0;
  score.recall = found / static_cast<double>(ventricular.size());
  return score;
}

LabelledWindows::LabelledWindows(const std::string& path, const Series& series) {
  using Spans = std::vector<std::pair<std::string, std::string>>;
  const std::string name = std::filesystem::path(series.path).filename().string();
  const std::string form =
      R"(expected JSON of the form {"series.csv": [["first time", "last time"], ...], ...})";
  std::optional<Spans> spans;
  try {
    const nlohmann::json labels = nlohmann::json::parse(read_text(path));
    require(labels.is_object(), path, form);
    for (const auto& [key, value] : labels.items())
      if (!spans && std::filesystem::path(key).filename() == name) spans = value.get<Spans>();
  } catch (const nlohmann::json::exception&) {
    throw ValueError(path + ": " + form);
  }
  require(spans.has_value(), path, "has no labels of ", name);
  require(!series.timestamps.empty(), path, "labels need timestamps, and ", series.path, " has none");

  labelled_.resize(static_cast<std::size_t>(series.steps()));
  for (const auto& [first, last] : *spans) {
    bool any = false;
    for (Index t = 0; t < series.steps(); ++t) {
      const std::string time = comparable(series.timestamps[t]);
      if (comparable(first) <= time && time <= comparable(last)) any = labelled_[t] = true;
    }
    require(any, path, "no step of ", series.path, " lies between ", first, " and ", last);
  }
}

Score LabelledWindows::score(const Detection& detection) const {
  Index inside = 0;
  for (std::size_t t = 0; t < labelled_.size(); ++t)
    inside += labelled_[t] && detection.flagged_steps[t] ? 1 : 0;
  Score score;
  score.steps_in_label = inside;
  return score;
}

}  // namespace autoencoder1d
