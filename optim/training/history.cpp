#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/history.hpp>

namespace xtape {
namespace {

template <class Entries>
[[noreturn]] void no_such_name(std::string_view owner, std::string_view name, const Entries& entries) {
  std::string known;
  for (const auto& entry : entries) known += (known.empty() ? "" : ", ") + entry.first;
  throw ValueError(concat(owner, ": there is no \"", name, "\"; there are: ", known));
}

template <class Entries>
auto find_name(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

}  // namespace

const double* Logs::find(std::string_view name) const {
  const auto found = find_name(entries_, name);
  return found == entries_.end() ? nullptr : &found->second;
}

double Logs::operator[](std::string_view name) const {
  if (const double* value = find(name)) return *value;
  no_such_name("Logs", name, entries_);
}

void Logs::set(const std::string& name, double value) {
  const auto found = find_name(entries_, name);
  if (found == entries_.end()) {
    entries_.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

const std::vector<double>& History::operator[](std::string_view name) const {
  const auto found = find_name(series_, name);
  if (found == series_.end()) no_such_name("History", name, series_);
  return found->second;
}

bool History::contains(std::string_view name) const { return find_name(series_, name) != series_.end(); }

void History::add(Index epoch, const Logs& logs) {
  epochs_.push_back(epoch);
  for (const auto& [name, value] : logs.entries()) {
    auto found = find_name(series_, name);
    if (found == series_.end()) found = series_.insert(series_.end(), {name, {}});
    found->second.push_back(value);
  }
}

}  // namespace xtape
