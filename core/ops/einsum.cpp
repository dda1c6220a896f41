#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>

#include <xtape/core/ops/diagonal.hpp>
#include <xtape/core/ops/einsum.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {
namespace {

/// The axes of an operand or of the output by name: a letter, or for the axes under "..." a number counted from the right,
/// '\1' being the last of them.
using Labels = std::string;

bool has(const Labels& labels, char label) { return labels.find(label) != Labels::npos; }

/// "..." in the text of a term, so that what remains is one character an axis.
constexpr char dots = '.';

/// The terms of an equation: letters, with at most one `dots` each.
struct Equation {
  std::vector<Labels> inputs;
  std::optional<Labels> output;

  explicit Equation(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == ' ') continue;
      if (text.substr(i, 3) == "...") i += 2;
      plain += text[i];
    }
    const std::size_t arrow = plain.find("->");
    if (arrow != std::string::npos) output = checked(plain.substr(arrow + 2), text);
    const std::string left = plain.substr(0, arrow);
    for (std::size_t first = 0; first <= left.size();) {
      const std::size_t comma = std::min(left.find(',', first), left.size());
      inputs.push_back(checked(left.substr(first, comma - first), text));
      first = comma + 1;
    }
  }

 private:
  static Labels checked(const std::string& term, std::string_view text) {
    for (const char c : term)
      require(std::isalpha(static_cast<unsigned char>(c)) || c == dots, "einsum",
          "an equation is made of letters, \"...\", commas and one \"->\" (received \"", text, "\")");
    require(std::count(term.begin(), term.end(), dots) <= 1, "einsum",
        "\"...\" may stand once in a term (received \"", text, "\")");
    return term;
  }
};

/// The term with its dots replaced by `count` numbers.
Labels spelled_out(const Labels& term, Index count) {
  const std::size_t at = term.find(dots);
  if (at == Labels::npos) return term;
  Labels numbers;
  for (Index i = count; i > 0; --i) numbers += static_cast<char>(i);
  return term.substr(0, at) + numbers + term.substr(at + 1);
}

/// A tensor with the names of its axes.
struct Named {
  Tensor tensor;
  Labels labels;

  Index axis(char label) const { return static_cast<Index>(labels.find(label)); }
  /// The product of the lengths of some axes, and their lengths.
  Shape lengths(const Labels& some) const {
    Shape shape;
    for (const char label : some) shape.push_back(tensor.shape()[axis(label)]);
    return shape;
  }
  /// With the axes in this order.
  Named ordered(const Labels& order) const {
    if (order == labels) return *this;
    std::vector<Index> axes;
    for (const char label : order) axes.push_back(axis(label));
    return {transpose(tensor, axes), order};
  }
  /// Summed over the axes that `keep` does not have.
  Named summed_but(const Labels& keep) const {
    std::vector<Index> axes;
    Labels rest;
    for (const char label : labels) {
      if (has(keep, label)) {
        rest += label;
      } else {
        axes.push_back(axis(label));
      }
    }
    return axes.empty() ? *this : Named{sum(tensor, axes), rest};
  }
};

/// An operand with every letter once: of repeated ones the diagonal is taken.
Named without_repeats(const Tensor& x, const Labels& term) {
  Named out{x, term};
  for (std::size_t i = 0; i < out.labels.size(); ++i) {
    const std::size_t twin = out.labels.find(out.labels[i], i + 1);
    if (twin == Labels::npos) continue;
    const char label = out.labels[i];
    const auto first = static_cast<Index>(i), second = static_cast<Index>(twin);
    require(out.tensor.shape()[first] == out.tensor.shape()[second], "einsum",
        "axes of one letter must agree (received \"", label, "\" twice for shape ", x.shape(), ")");
    out.tensor = diagonal(out.tensor, 0, first, second);
    out.labels.erase(twin, 1);
    out.labels.erase(i, 1);
    out.labels += label;
    i = static_cast<std::size_t>(-1);  // the axes have moved: start again
  }
  return out;
}

std::vector<Named> named_operands(const Equation& equation, const std::vector<Tensor>& operands) {
  require(equation.inputs.size() == operands.size(), "einsum", "the equation needs ", equation.inputs.size(),
      " operands (received ", operands.size(), ")");
  std::vector<Named> out;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Labels& term = equation.inputs[i];
    const Index free = operands[i].rank() - static_cast<Index>(term.size()) + (has(term, dots) ? 1 : 0);
    require(has(term, dots) ? free >= 0 : free == 0, "einsum", "operand ", i, " has ", operands[i].rank(),
        " axes, which its term does not fit (received shape ", operands[i].shape(), ")");
    out.push_back(without_repeats(operands[i], spelled_out(term, free)));
  }
  return out;
}

/// Axes of one name must agree; those under "..." may also have length 1, and are dropped then.
void check_lengths(std::vector<Named>& operands) {
  std::map<char, Index> length_of;
  for (const Named& x : operands)
    for (const char label : x.labels) {
      const Index here = x.tensor.shape()[x.axis(label)];
      Index& length = length_of.try_emplace(label, here).first->second;
      const bool broadcasts = label <= static_cast<char>(Shape::max_rank) && (here == 1 || length == 1);
      require(here == length || broadcasts, "einsum", "axes of one letter must agree (received lengths ",
          length, " and ", here, ")");
      if (length == 1) length = here;
    }
  for (Named& x : operands)
    for (std::size_t i = x.labels.size(); i-- > 0;) {
      const auto axis = static_cast<Index>(i);
      if (x.tensor.shape()[axis] != 1 || length_of[x.labels[i]] == 1) continue;
      x.tensor = squeeze(x.tensor, axis);
      x.labels.erase(i, 1);
    }
}

/// The output's names: as written, or all dots and then the letters that appear once.
Labels output_labels(const Equation& equation, const std::vector<Named>& operands) {
  Labels all, numbers;
  for (const Labels& term : equation.inputs) all += term;
  Index widest = 0;
  for (const Named& x : operands)
    for (const char label : x.labels)
      if (label <= static_cast<char>(Shape::max_rank)) widest = std::max<Index>(widest, label);
  if (!equation.output) {
    Labels letters;
    for (const char c : all)
      if (c != dots && std::count(all.begin(), all.end(), c) == 1) letters += c;
    std::sort(letters.begin(), letters.end());
    return spelled_out(Labels(1, dots), widest) + letters;
  }
  require(
      has(*equation.output, dots) || widest == 0, "einsum", "the output must have \"...\" when operands do");
  for (const char c : *equation.output)
    require(
        c == dots || (has(all, c) && std::count(equation.output->begin(), equation.output->end(), c) == 1),
        "einsum", "each letter of the output must stand there once and in an operand (received \"", c, "\")");
  return spelled_out(*equation.output, widest);
}

/// a * b, summed over the names that both have and `needed` does not: one stack of matrix products.
Named contracted(const Named& left, const Named& right, const Labels& needed) {
  const Named a = left.summed_but(needed + right.labels), b = right.summed_but(needed + left.labels);
  Labels stack, summed, a_free, b_free;
  for (const char label : a.labels) {
    if (!has(b.labels, label)) {
      a_free += label;
    } else {
      (has(needed, label) ? stack : summed) += label;
    }
  }
  for (const char label : b.labels)
    if (!has(a.labels, label)) b_free += label;
  const Shape stack_shape = a.lengths(stack), rows = a.lengths(a_free), columns = b.lengths(b_free);
  const Index n = stack_shape.size(), inner = a.lengths(summed).size();
  const Tensor p = reshape(a.ordered(stack + a_free + summed).tensor, {n, rows.size(), inner});
  const Tensor q = reshape(b.ordered(stack + summed + b_free).tensor, {n, inner, columns.size()});
  Shape shape = stack_shape;
  for (const Index length : rows) shape.push_back(length);
  for (const Index length : columns) shape.push_back(length);
  return {reshape(matmul(p, q), shape), stack + a_free + b_free};
}

}  // namespace

Tensor einsum(std::string_view text, const std::vector<Tensor>& tensors) {
  const Equation equation(text);
  std::vector<Named> operands = named_operands(equation, tensors);
  check_lengths(operands);
  const Labels output = output_labels(equation, operands);
  Named y = operands.front();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    Labels needed = output;
    for (std::size_t k = i + 1; k < operands.size(); ++k) needed += operands[k].labels;
    y = contracted(y, operands[i], needed);
  }
  return y.summed_but(output).ordered(output).tensor;
}

}  // namespace xtape
