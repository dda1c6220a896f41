// A table of text: what a CSV file holds before anybody asks what its columns mean.
#pragma once
#include <string>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/shape.hpp>

namespace autoencoder1d {

using namespace xtape;

struct Table {
  struct Row {
    Index line = 0;  // in the file, from 1
    std::vector<std::string> fields;
  };
  std::string path;
  std::vector<std::string> header;  // empty when the file has none
  std::vector<Row> rows;            // of equal length; at least one
};

/// Reads columns separated by commas, semicolons, tabs or spaces, whichever the first line has. The first line is a header
/// when none of its fields is a number. Throws ValueError for a file that is missing, holds no rows, or has rows of
/// different lengths.
Table read_table(const std::string& path);

bool is_number(const std::string& text);
/// A field as a finite number. Throws ValueError that names the file, the line and what stands there.
double number_at(const Table& table, const Table::Row& row, std::size_t column);

/// The contents of a file. Throws ValueError when it cannot be read.
std::string read_text(const std::string& path);

}  // namespace autoencoder1d
