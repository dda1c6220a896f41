#include "series.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <xtape/core/npy.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>

namespace autoencoder1d {
namespace {

bool is_called_a_time(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::array names = {"timestamp", "time", "date", "datetime", "index", ""};
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Series::time(Index step) const {
  if (!timestamps.empty()) return timestamps[step];
  if (steps_per_second > 0) return fmt::format("{:.2f} s", static_cast<double>(step) / steps_per_second);
  return std::to_string(step);
}

Series read_csv(const std::string& path) {
  const Table table = read_table(path);
  const std::vector<std::string>& first = table.rows.front().fields;
  const bool has_times =
      table.header.empty() ? !is_number(first.front()) : is_called_a_time(table.header.front());
  const std::size_t begin = has_times ? 1 : 0;
  require(first.size() > begin, path, "has timestamps but no column of numbers");

  Series series{path, {}, {}};
  std::vector<double> values;
  for (const Table::Row& row : table.rows) {
    if (has_times) series.timestamps.push_back(row.fields.front());
    for (std::size_t column = begin; column < row.fields.size(); ++column)
      values.push_back(number_at(table, row, column));
  }
  const auto steps = static_cast<Index>(table.rows.size());
  series.values = reshape(Tensor::from(values), {steps, -1});
  return series;
}

Series read_npy(const std::string& path) {
  const Tensor array = load_npy(path);
  require(array.rank() == 1 || array.rank() == 2, path,
      "expected an array (steps,) or (steps, channels) (received ", array.shape(), ")");
  require(array.size() > 0, path, "expected some values (received ", array.shape(), ")");
  Series series{path, reshape(cast(array, DType::float64), {array.dim(0), -1}), {}};
  require(
      all(isfinite(series.values)).item() != 0, path, "expected finite numbers (received NaN or infinity)");
  return series;
}

Series read_electrocardiogram(const std::string& folder) {
  Series series = read_npy(folder + "/ecg.npy");
  series.values = (series.values - 1024) / 200;
  series.steps_per_second = 360;
  return series;
}

}  // namespace autoencoder1d
