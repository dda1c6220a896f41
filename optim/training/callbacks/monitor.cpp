#include <cmath>
#include <iostream>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/callbacks/monitor.hpp>

namespace xtape {

Monitor::Monitor(std::string_view owner, std::string name, const std::string& mode, double min_delta)
    : owner_(owner), name_(std::move(name)), min_delta_(std::abs(min_delta)) {
  require(mode == "auto" || mode == "min" || mode == "max", owner,
      "mode must be auto, min or max (received mode=\"", mode, "\")");
  const auto holds = [&](std::string_view part) { return name_.find(part) != std::string::npos; };
  greater_ =
      mode == "max" || (mode == "auto" && (holds("acc") || holds("auc") || name_.starts_with("fmeasure")));
}

std::optional<double> Monitor::value_in(const Logs& logs) const {
  if (logs.contains(name_)) return logs[name_];
  std::cerr << owner_ << ": there is no \"" << name_ << "\" to watch; there are:";
  for (const auto& entry : logs.entries()) std::cerr << ' ' << entry.first;
  std::cerr << '\n';
  return {};
}

}  // namespace xtape
