#include "table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>

namespace autoencoder1d {
namespace {

std::string trimmed(std::string_view text) {
  const char* blanks = " \t\r\"";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

char separator_of(const std::string& line) {
  for (const char separator : {',', ';', '\t'})
    if (line.find(separator) != std::string::npos) return separator;
  return ' ';
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  if (separator == ' ') {
    for (std::string field; in >> field;) fields.push_back(trimmed(field));
    return fields;
  }
  for (std::string field; std::getline(in, field, separator);) fields.push_back(trimmed(field));
  if (line.back() == separator) fields.emplace_back();
  return fields;
}

std::optional<double> parsed(const std::string& text) {
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* last = text.data() + text.size();
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error == std::errc::result_out_of_range) return HUGE_VAL;
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

/// What a message can quote of a file that may hold anything.
std::string quoted(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isprint(c) == 0; }, '?');
  return '"' + (text.size() > 40 ? text.substr(0, 37) + "..." : text) + '"';
}

}  // namespace

bool is_number(const std::string& text) { return parsed(text).has_value(); }

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  require(in.is_open(), path, "cannot be opened");
  require(!std::filesystem::is_directory(path), path, "is a folder");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  require(!text.empty(), path, "is empty");
  return text;
}

Table read_table(const std::string& path) {
  Table table{path, {}, {}};
  std::string text = read_text(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // the mark that some programs put before UTF-8
  std::istringstream in(text);
  char separator = 0;
  Index line_number = 0;
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    if (trimmed(line).empty()) continue;
    const bool is_first = separator == 0;
    if (is_first) separator = separator_of(line);
    std::vector<std::string> fields = split(line, separator);
    if (is_first && std::none_of(fields.begin(), fields.end(), is_number)) {
      table.header = std::move(fields);
      continue;
    }
    const std::size_t expected = table.rows.empty() ? table.header.size() : table.rows.front().fields.size();
    require(expected == 0 || fields.size() == expected, path, "line ", line_number, ": expected ", expected,
        " columns (received ", fields.size(), ")");
    table.rows.push_back({line_number, std::move(fields)});
  }
  require(!table.rows.empty(), path, "has no rows of numbers");
  return table;
}

double number_at(const Table& table, const Table::Row& row, std::size_t column) {
  const std::string& text = row.fields.at(column);
  const std::optional<double> value = parsed(text);
  require(value && std::isfinite(*value), table.path, "line ", row.line, ", column ", column + 1,
      ": expected a finite number (received ", quoted(text), ")");
  return *value;
}

}  // namespace autoencoder1d
