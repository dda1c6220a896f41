// How a tape shows itself: as a table, and as a graph for graphviz.
#include <iomanip>
#include <ostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/tape.hpp>

namespace xtape {
namespace {

using Slot = GradientTape::Slot;

/// What a tape keeps of a slot, in the order in which slots were made.
struct Row {
  Slot slot;
  const GradientTape::Record* record;  // nullptr for what is watched
  const GradientTape::Details* details;
};

std::vector<Row> rows_of(const GradientTape& tape) {
  std::vector<Row> rows;
  std::size_t next = 0;
  for (Slot s = 0; s < tape.slots(); ++s) {
    const bool computed = next < tape.records().size() && tape.records()[next].output == s;
    rows.push_back({s, computed ? &tape.records()[next] : nullptr,
        computed && !tape.details().empty() ? &tape.details()[next] : nullptr});
    next += computed;
  }
  return rows;
}

std::string inputs_of(const GradientTape& tape, const Row& row) {
  std::string inputs;
  for (std::uint32_t e = 0; row.record && e < row.record->edges; ++e)
    inputs += concat(inputs.empty() ? "%" : ", %", tape.edges()[row.record->first_edge + e].input);
  return inputs;
}

/// A tensor on one line, abridged.
std::string on_one_line(const Tensor& t) {
  std::string text, line;
  if (t) text = concat(t);
  for (const char c : text)
    if (c == '\n') {
      line += ' ';
    } else if (c != ' ' || (!line.empty() && line.back() != ' ')) {
      line += c;
    }
  constexpr std::size_t longest = 40;
  return line.size() <= longest ? line : line.substr(0, longest - 3) + "...";
}

std::string microseconds(double seconds) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << seconds * 1e6;
  return out.str();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const GradientTape& tape) {
  const TapeOptions& o = tape.options();
  const auto cell = [&](std::size_t width, const std::string& text) {
    out << std::left << std::setw(static_cast<int>(width)) << text;
    if (text.size() >= width) out << ' ';
  };
  std::ios before(nullptr);
  before.copyfmt(out);
  cell(6, "slot"), cell(20, "op"), cell(16, "inputs");
  if (tape.details().empty()) {
    out << "shape\n";
  } else {
    cell(22, "shape");
    if (o.measure) cell(12, "forward us"), cell(13, "backward us"), cell(12, "bytes kept");
    if (o.keep_values) cell(42, "value"), cell(42, "gradient");
    out << "scope\n";
  }
  for (const Row& row : rows_of(tape)) {
    const auto& y = tape.slot(row.slot);
    cell(6, concat('%', row.slot));
    cell(20, row.record ? std::string(name(row.record->op)) : "watch");
    cell(16, inputs_of(tape, row));
    std::string shape = concat(y.shape, ' ', y.dtype);
    if (!row.details) {
      out << shape << '\n';
      continue;
    }
    const auto& d = *row.details;
    cell(22, shape);
    if (o.measure)
      cell(12, microseconds(d.forward_seconds)), cell(13, microseconds(d.backward_seconds)),
          cell(12, concat(d.bytes));
    if (o.keep_values) cell(42, on_one_line(d.value)), cell(42, on_one_line(d.gradient));
    out << d.scope << '\n';
  }
  out.copyfmt(before);
  return out;
}

std::string GradientTape::to_dot() const {
  std::ostringstream out;
  out << "digraph tape {\n  rankdir = BT;\n  node [shape = box, fontname = \"monospace\"];\n";
  for (const Row& row : rows_of(*this)) {
    out << "  s" << row.slot << " [label = \"%" << row.slot << ' '
        << (row.record ? name(row.record->op) : "watch") << "\\n"
        << slots_[row.slot].shape << ' ' << slots_[row.slot].dtype;
    if (row.details && row.details->value) out << "\\ny = " << on_one_line(row.details->value);
    if (row.details && row.details->gradient) out << "\\ng = " << on_one_line(row.details->gradient);
    if (row.details && options_.measure) {
      out << "\\n"
          << microseconds(row.details->forward_seconds) << " + "
          << microseconds(row.details->backward_seconds) << " us, " << row.details->bytes << " bytes";
    }
    out << '"' << (row.record ? "" : ", style = rounded") << "];\n";
    for (std::uint32_t e = 0; row.record && e < row.record->edges; ++e)
      out << "  s" << edges_[row.record->first_edge + e].input << " -> s" << row.slot << ";\n";
  }
  out << "}\n";
  return out.str();
}

}  // namespace xtape
