// Model::summary: the table that Keras prints, 88 characters wide.
#include <algorithm>
#include <array>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {
namespace {

constexpr std::size_t columns = 3;
constexpr std::array<std::size_t, columns> widths{36, 27, 15};
using Row = std::array<std::string, columns>;
using Lines = std::vector<std::string>;

/// 9505 -> "9,505"
std::string with_commas(Index n) {
  const std::string digits = std::to_string(n);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// 38020 -> "37.13 KB"
std::string readable_size(double bytes) {
  static constexpr std::array units{"B", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << bytes << " " << units[unit];
  return text.str();
}

/// "9,505 (37.13 KB)"
std::string count_and_size(const std::vector<Variable>& variables) {
  Index count = 0, bytes = 0;
  for (const Variable& v : variables) {
    count += v.shape().size();
    bytes += v.shape().size() * size_of(v.dtype());
  }
  return concat(with_commas(count), " (", readable_size(static_cast<double>(bytes)), ")");
}

/// Characters as a terminal shows them: bytes of UTF-8 that do not continue another.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// A word that is too long ends in "…".
std::string cut(const std::string& word, std::size_t width) {
  if (display_width(word) <= width) return word;
  std::string out;
  for (const char c : word) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && display_width(out) == width - 1) break;
    out += c;
  }
  return out + "…";
}

/// Broken between words into lines of at most `width`.
Lines wrap(const std::string& text, std::size_t width) {
  Lines lines{""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= width) {
      line += ' ' + word;
    } else {
      lines.push_back(word);
    }
  }
  for (std::string& line : lines) line = cut(line, width);
  return lines;
}

/// One line of the frame: left end, line, crossing, right end.
void print_rule(std::ostream& out, const std::array<const char*, 4>& parts) {
  out << parts[0];
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t i = 0; i < widths[c] + 2; ++i) out << parts[1];
    out << parts[c + 1 < columns ? 2 : 3];
  }
  out << '\n';
}

void print_row(std::ostream& out, const Row& row, const char* bar) {
  std::array<Lines, columns> cells;
  std::size_t height = 1;
  for (std::size_t c = 0; c < columns; ++c) {
    cells[c] = wrap(row[c], widths[c]);
    height = std::max(height, cells[c].size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    out << bar;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string text = line < cells[c].size() ? cells[c][line] : "";
      const std::string fill(widths[c] - display_width(text), ' ');
      const bool right = c + 1 == columns;
      out << ' ' << (right ? fill + text : text + fill) << ' ' << bar;
    }
    out << '\n';
  }
}

/// "(None, 144, 32)"
std::string shape_text(const Shape& shape) {
  std::ostringstream text;
  text << '(';
  for (Index i = 0; i < shape.rank(); ++i) {
    if (i > 0) text << ", ";
    if (shape[i] == None) {
      text << "None";
    } else {
      text << shape[i];
    }
  }
  text << ')';
  return text.str();
}

/// One shape, or a list of them.
std::string shapes_text(const Shapes& shapes) {
  if (shapes.size() == 1) return shape_text(shapes[0]);
  std::string out = "[";
  for (const Shape& shape : shapes) out.append(out.size() > 1 ? ", " : "").append(shape_text(shape));
  return out.append("]");
}

Row row_of(const Layer& layer) {
  const std::string title = concat(layer.name(), " (", layer.type_name(), ")");
  if (!layer.is_built()) return {title, "?", "0 (unbuilt)"};
  return {title, shapes_text(layer.compute_output_shape(layer.build_shapes())),
      with_commas(layer.count_params())};
}

}  // namespace

void Model::summary() const { summary(std::cout); }

void Model::summary(std::ostream& out) const {
  out << "Model: \"" << name() << "\"\n";
  print_rule(out, {"┏", "━", "┳", "┓"});
  print_row(out, {"Layer (type)", "Output Shape", "Param #"}, "┃");
  print_rule(out, {"┡", "━", "╇", "┩"});
  bool first = true;
  for (const AnyLayer& layer : layers()) {
    if (!first) print_rule(out, {"├", "─", "┼", "┤"});
    print_row(out, row_of(*layer), "│");
    first = false;
  }
  print_rule(out, {"└", "─", "┴", "┘"});
  out << " Total params: " << count_and_size(weights()) << '\n'
      << " Trainable params: " << count_and_size(trainable_weights()) << '\n'
      << " Non-trainable params: " << count_and_size(non_trainable_weights()) << '\n';
}

}  // namespace xtape
