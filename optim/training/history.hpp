// What a training tells of itself: Logs, named numbers; History, those of every epoch.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xtape/core/shape.hpp>

namespace xtape {

/// Named numbers in the order in which they were put in: loss, the metrics, val_loss, ...
class Logs {
 public:
  Logs() = default;
  Logs(std::initializer_list<std::pair<std::string, double>> entries) : entries_(entries) {}

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Throws ValueError when there is no such number; the text lists those that there are.
  double operator[](std::string_view name) const;
  void set(const std::string& name, double value);
  const std::vector<std::pair<std::string, double>>& entries() const { return entries_; }

 private:
  const double* find(std::string_view name) const;
  std::vector<std::pair<std::string, double>> entries_;
};

/// What fit returns: for each name one number an epoch. history["loss"].back() is the last epoch's loss.
class History {
 public:
  /// The epochs that were run, counted from 0.
  const std::vector<Index>& epoch() const { return epochs_; }
  /// Throws ValueError when there is no such series; the text lists those that there are.
  const std::vector<double>& operator[](std::string_view name) const;
  bool contains(std::string_view name) const;
  const std::vector<std::pair<std::string, std::vector<double>>>& series() const { return series_; }

  void add(Index epoch, const Logs& logs);

 private:
  std::vector<Index> epochs_;
  std::vector<std::pair<std::string, std::vector<double>>> series_;
};

}  // namespace xtape
