// Model::summary: the table that Keras prints.
#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {
namespace {

using Row = std::vector<std::string>;
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

/// How many numbers the variables hold, and in how much memory: "9,505 (37.13 KB)".
struct Amount {
  Index count = 0, bytes = 0;

  Amount() = default;
  explicit Amount(const std::vector<Variable>& variables) {
    for (const Variable& v : variables) {
      count += v.shape().size();
      bytes += v.shape().size() * size_of(v.dtype());
    }
  }
  friend Amount operator+(Amount a, const Amount& b) {
    a.count += b.count;
    a.bytes += b.bytes;
    return a;
  }
  friend std::ostream& operator<<(std::ostream& out, const Amount& amount) {
    return out << with_commas(amount.count) << " (" << readable_size(static_cast<double>(amount.bytes))
               << ")";
  }
};

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

/// Broken between words into lines of at most `width`; spaces at the beginning stay.
Lines wrap(const std::string& text, std::size_t width) {
  Lines lines{text.substr(0, text.find_first_not_of(' '))};
  bool line_is_new = true;
  std::istringstream words(text);
  for (std::string word; words >> word; line_is_new = false) {
    std::string& line = lines.back();
    if (line_is_new) {
      line += word;
    } else if (display_width(line) + 1 + display_width(word) <= width) {
      line += ' ' + word;
    } else {
      lines.push_back(word);
    }
  }
  for (std::string& line : lines) line = cut(line, width);
  return lines;
}

enum class Align { left, right, center };

struct Column {
  std::string title;
  double end;  ///< as a share of the line
  Align align;
  std::size_t width = 0;
};

/// The widths that Keras and the table printer it uses arrive at: each column up to its end, two more for its margins, and
/// what is then too much for the line taken from all columns alike.
void set_widths(std::vector<Column>& columns, Index line_length) {
  Index begin = 0, total = 0;
  std::vector<Index> widths;
  for (const Column& column : columns) {
    const auto end = static_cast<Index>(column.end * static_cast<double>(line_length));
    require(end - begin >= 4, "summary", "line_length is too small (received line_length=", line_length, ")");
    widths.push_back(end - begin + 2);
    total += widths.back();
    begin = end;
  }
  const auto count = static_cast<Index>(columns.size());
  Index excess = std::max<Index>(total - (line_length - count - 1), 0);
  for (Index i = 0; i < count; ++i) {
    const auto taken =
        static_cast<Index>(std::nearbyint(static_cast<double>(excess) / static_cast<double>(count - i)));
    excess -= taken;
    columns[static_cast<std::size_t>(i)].width =
        static_cast<std::size_t>(std::max<Index>(widths[static_cast<std::size_t>(i)] - taken - 2, 1));
  }
}

/// One line of the frame: left end, line, crossing, right end.
void print_rule(
    std::ostream& out, const std::vector<Column>& columns, const std::array<const char*, 4>& parts) {
  out << parts[0];
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < columns[c].width + 2; ++i) out << parts[1];
    out << parts[c + 1 < columns.size() ? 2 : 3];
  }
  out << '\n';
}

std::string aligned(const std::string& text, std::size_t width, Align align) {
  const std::size_t free = width - display_width(text);
  const std::size_t left = align == Align::left ? 0 : align == Align::right ? free : free / 2;
  return std::string(left, ' ') + text + std::string(free - left, ' ');
}

void print_row(std::ostream& out, const std::vector<Column>& columns, const Row& row, const char* bar) {
  std::vector<Lines> cells;
  std::size_t height = 1;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    cells.push_back(wrap(row[c], columns[c].width));
    height = std::max(height, cells[c].size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    out << bar;
    for (std::size_t c = 0; c < columns.size(); ++c)
      out << ' ' << aligned(line < cells[c].size() ? cells[c][line] : "", columns[c].width, columns[c].align)
          << ' ' << bar;
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

std::string output_shape_text(const Layer& layer) {
  const Shapes& symbolic = layer.symbolic_output_shapes();
  if (!symbolic.empty()) return shapes_text(symbolic);
  return layer.is_built() && !layer.build_shapes().empty()
             ? shapes_text(layer.compute_output_shape(layer.build_shapes()))
             : "?";
}

/// True when each layer follows the one before it, and none comes twice: no column is needed to say so.
bool is_chain(const Graph& graph) {
  std::size_t first = 0, count = 1;  // what the step before gave
  for (const Graph::Step& step : graph.steps()) {
    if (step.inputs.size() != 1 || step.inputs[0] < first || step.inputs[0] >= first + count) return false;
    if (step.earlier_calls > 0) return false;
    first = step.first_output;
    count = step.call->outputs.size();
  }
  return graph.inputs().size() == 1;
}

/// "conv1d[0][0], input_layer[0][0]": what the layer was called on in this graph.
std::string connections(const Graph& graph, const Layer& layer) {
  std::string out;
  for (const Graph::Step& step : graph.steps()) {
    if (!(*step.call->layer == layer)) continue;
    for (const KerasTensor& x : step.call->inputs)
      out += concat(
          out.empty() ? "" : ", ", x.layer()->name(), "[", x.node_index(), "][", x.tensor_index(), "]");
  }
  return out.empty() ? "-" : out;
}

class Table {
 public:
  Table(const Model& model, const SummaryOptions& options) : options_(options) {
    const auto* functional = dynamic_cast<const Functional*>(&model);
    if (functional && !is_chain(functional->graph())) graph_ = &functional->graph();
    columns_ = {{"Layer (type)", 0.45, Align::left}, {"Output Shape", 0.80, Align::left},
        {"Param #", 1.0, Align::right}};
    if (graph_)
      columns_ = {{"Layer (type)", 0.30, Align::left}, {"Output Shape", 0.56, Align::left},
          {"Param #", 0.74, Align::right}, {"Connected to", 1.0, Align::left}};
    Index line_length = graph_ ? 108 : 88;
    if (options.show_trainable) {
      line_length += 12;
      for (Column& column : columns_) column.end *= 0.90;
      columns_.push_back({"Trainable", 1.0, Align::center});
    }
    set_widths(columns_, options.line_length.value_or(line_length));
    for (const AnyLayer& layer : in_range(model.layers())) add(*layer, 0);
  }

  void print(std::ostream& out) const {
    Row titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    print_rule(out, columns_, {"┏", "━", "┳", "┓"});
    print_row(out, columns_, titles, "┃");
    print_rule(out, columns_, {"┡", "━", "╇", "┩"});
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i > 0) print_rule(out, columns_, {"├", "─", "┼", "┤"});
      print_row(out, columns_, rows_[i], "│");
    }
    print_rule(out, columns_, {"└", "─", "┴", "┘"});
  }

 private:
  /// From the first layer whose name begins as the one expression says to the last that begins as the other says.
  std::vector<AnyLayer> in_range(const std::vector<AnyLayer>& layers) const {
    if (!options_.layer_range) return layers;
    const auto& [from, to] = *options_.layer_range;
    std::vector<std::size_t> lower, upper;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto matches = [&](const std::string& expression) {
        return std::regex_search(
            layers[i]->name(), std::regex(expression), std::regex_constants::match_continuous);
      };
      if (matches(from)) lower.push_back(i);
      if (matches(to)) upper.push_back(i);
    }
    require(!lower.empty() && !upper.empty(), "summary",
        "layer_range must match names of layers (received \"", from, "\", \"", to, "\")");
    auto first = lower.front(), last = upper.back();
    if (first > last) {
      first = upper.front();
      last = lower.back();
    }
    return {layers.begin() + static_cast<Index>(first), layers.begin() + static_cast<Index>(last) + 1};
  }

  void add(const Layer& layer, std::size_t level) {
    const std::string prefix = level > 0 ? std::string(3 * level, ' ') + "└ " : "";
    Row row{concat(prefix, layer.name(), " (", layer.type_name(), ")"), output_shape_text(layer),
        layer.is_built() ? with_commas(layer.count_params()) : "0 (unbuilt)"};
    if (graph_) row.push_back(connections(*graph_, layer));
    if (options_.show_trainable) row.push_back(layer.weights().empty() ? "-" : layer.trainable() ? "Y" : "N");
    rows_.push_back(std::move(row));
    const auto* model = dynamic_cast<const Model*>(&layer);
    if (options_.expand_nested && model)
      for (const AnyLayer& inner : model->layers()) add(*inner, level + 1);
  }

  const SummaryOptions& options_;
  const Graph* graph_ = nullptr;  // of a model that is no chain
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace

void Model::summary(const SummaryOptions& options) const { summary(std::cout, options); }

void Model::summary(std::ostream& out, const SummaryOptions& options) const {
  const Table table(*this, options);
  const Amount trainable(trainable_weights()), fixed(non_trainable_weights());
  const Amount optimizer(is_compiled() ? (*compiled_)->optimizer_variables() : std::vector<Variable>());
  out << "Model: \"" << name() << "\"\n";
  table.print(out);
  out << " Total params: " << trainable + fixed + optimizer << '\n'
      << " Trainable params: " << trainable << '\n'
      << " Non-trainable params: " << fixed << '\n';
  if (optimizer.count > 0) out << " Optimizer params: " << optimizer << '\n';
}

}  // namespace xtape
