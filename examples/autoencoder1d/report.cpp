#include "report.hpp"

#include <algorithm>

#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <xtape/core/atomic_file.hpp>

namespace autoencoder1d {
namespace {

using Json = nlohmann::ordered_json;

void print_stretches(std::ostream& out, const Detection& detection, const Series& series) {
  fmt::print(out, "\n{} abnormal {}{}\n", detection.stretches.size(),
      detection.stretches.size() == 1 ? "stretch" : "stretches", detection.stretches.empty() ? "" : ":");
  const std::size_t columns = series.timestamps.empty() ? 4 : 1;
  for (std::size_t i = 0; i < detection.stretches.size(); ++i) {
    const auto [first, last] = detection.stretches[i];
    const std::string text = series.time(first) + " to " + series.time(last);
    fmt::print(out, "  {:<24}{}", text, (i + 1) % columns == 0 ? "\n" : "");
  }
  if (detection.stretches.size() % columns != 0) out << '\n';
}

void print_scores(std::ostream& out, const Score& score) {
  for (const auto& [type, area] : score.auc) fmt::print(out, "  {:>6.3f}", area);
  if (score.precision) fmt::print(out, "  {:>9.2f}  {:>6.2f}", *score.precision, *score.recall);
  if (score.steps_in_label) fmt::print(out, "  {:>13}", *score.steps_in_label);
}

void print_table(std::ostream& out, const Result& result) {
  fmt::print(out, "\n{:<20}  {:>9}  {:>15}  {:>13}", "", "threshold", "windows flagged", "steps flagged");
  if (!result.scores.empty()) {
    const Score& first = result.scores.front();
    for (const auto& [type, area] : first.auc) fmt::print(out, "  {:>6}", "AUC " + type);
    if (first.precision) fmt::print(out, "  {:>9}  {:>6}", "precision", "recall");
    if (first.steps_in_label) fmt::print(out, "  {:>13}", "in the label");
  }
  out << '\n';
  for (std::size_t i = 0; i < result.detections.size(); ++i) {
    const Detection& d = result.detections[i];
    fmt::print(out, "{:<20}  {:>9.4f}  {:>15}  {:>13}", d.title, d.threshold, d.windows_flagged(),
        d.steps_flagged());
    if (!result.scores.empty()) print_scores(out, result.scores[i]);
    out << '\n';
  }
}

void add(Json& json, const Score& score) {
  for (const auto& [type, area] : score.auc) json["auc"][type] = area;
  if (score.precision) json["precision"] = *score.precision;
  if (score.recall) json["recall"] = *score.recall;
  if (score.steps_in_label) json["steps_in_label"] = *score.steps_in_label;
}

/// A time as JSON: a timestamp as it stands, seconds or steps as a number.
Json time_of(const Series& series, Index step) {
  if (!series.timestamps.empty()) return series.timestamps[step];
  if (series.steps_per_second > 0) return static_cast<double>(step) / series.steps_per_second;
  return step;
}

Json as_json(const Detection& d) {
  return {{"threshold", d.threshold}, {"windows_flagged", d.windows_flagged()},
      {"steps_flagged", d.steps_flagged()}};
}

}  // namespace

void print_report(std::ostream& out, const Result& result, const Series& series) {
  print_stretches(out, result.autoencoder(), series);
  print_table(out, result);
}

void write_errors(
    const std::string& path, const Result& result, const Series& series, const Windows& windows) {
  write_file(path, "errors", [&](std::ostream& out) {
    out << "step,time";
    for (const Detection& d : result.detections) out << ',' << d.name;
    out << ",flagged\n";
    for (Index i = 0; i < windows.count(); ++i) {
      const Index step = i * windows.stride;
      fmt::print(out, "{},{}", step, series.time(step));
      for (const Detection& d : result.detections) fmt::print(out, ",{:.6g}", d.errors[i]);
      fmt::print(out, ",{:d}\n", static_cast<bool>(result.autoencoder().flagged_windows[i]));
    }
  });
}

void write_summary(const std::string& path, const Result& result, const Series& series) {
  const Detection& found = result.autoencoder();
  Json json;
  json["parameters"] = result.parameters;
  json["epochs"] = result.history.epoch().size();
  json["history"] = {{"loss", result.history["loss"]}, {"val_loss", result.history["val_loss"]}};
  json.update(as_json(found));
  json["intervals"] = Json::array();
  for (const auto [first, last] : found.stretches)
    json["intervals"].push_back({{"start", time_of(series, first)}, {"end", time_of(series, last)}});
  for (std::size_t i = 0; i < result.detections.size(); ++i) {
    const Detection& d = result.detections[i];
    if (i > 0) json["baselines"][d.name] = as_json(d);
    if (!result.scores.empty()) add(i > 0 ? json["baselines"][d.name] : json, result.scores[i]);
  }
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  write_file(path, "--summary", text + '\n');
}

}  // namespace autoencoder1d
