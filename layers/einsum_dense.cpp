#include <algorithm>
#include <cctype>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/einsum.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/einsum_dense.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {
namespace {

bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

/// Whether these are letters, at least `least` of them.
bool are_letters(std::string_view text, std::size_t least) {
  return text.size() >= least &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
}

}  // namespace

EinsumDense::EinsumDense(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  parse_equation();
  const Config& c = config_;
  for (const char letter : y_letters_)
    require(has(x_letters_, letter) || has(kernel_letters_, letter), class_name, "'", letter,
        "' of the output is neither an axis of the input nor of the kernel (received equation=\"", c.equation,
        "\")");
  for (const char letter : kernel_letters_)
    require(has(x_letters_, letter) || has(y_letters_, letter), class_name, "'", letter,
        "' of the kernel is neither an axis of the input nor of the output (received equation=\"", c.equation,
        "\")");
  if (c.bias_axes) {
    require(!c.bias_axes->empty(), class_name, "bias_axes must name an axis of the output, or be None");
    for (const char letter : *c.bias_axes)
      require(has(y_letters_, letter), class_name, "'", letter,
          "' of bias_axes is not an axis of the output (received bias_axes=\"", *c.bias_axes,
          "\", equation=\"", c.equation, "\")");
  }
  // The first axis is that of the samples. It has a letter unless "..." comes first.
  const Index lengths = static_cast<Index>(y_letters_.size()) - (ellipsis_ == Ellipsis::left ? 0 : 1);
  require(c.output_shape.rank() == lengths, class_name, "output_shape must have ", lengths,
      " lengths for equation=\"", c.equation, "\" (received output_shape=", c.output_shape, ")");
  set_activity_regularizer(c.activity_regularizer);
}

Json EinsumDense::get_config() const { return layer_config(*this, config_); }

void EinsumDense::parse_equation() {
  const std::string& equation = config_.equation;
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  const auto wrong = [&] {
    throw ValueError(concat(class_name,
        ": equation must have the form [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]... (received "
        "equation=\"",
        equation, "\")"));
  };
  if (comma == std::string::npos || arrow == std::string::npos || arrow < comma) wrong();
  std::string_view x = std::string_view(equation).substr(0, comma),
                   kernel = std::string_view(equation).substr(comma + 1, arrow - comma - 1),
                   y = std::string_view(equation).substr(arrow + 2);
  if (x.starts_with("...") && y.starts_with("...")) {
    ellipsis_ = Ellipsis::left;
    x.remove_prefix(3), y.remove_prefix(3);
  } else if (x.ends_with("...") && y.ends_with("...")) {
    ellipsis_ = Ellipsis::right;
    x.remove_suffix(3), y.remove_suffix(3);
  }
  const std::size_t least = ellipsis_ == Ellipsis::right ? 2 : 1;
  if (!are_letters(x, least) || !are_letters(kernel, 1) || !are_letters(y, 1)) wrong();
  x_letters_ = x, kernel_letters_ = kernel, y_letters_ = y;
}

Index EinsumDense::elided(const Shape& input_shape) const {
  const Index count = input_shape.rank() - static_cast<Index>(x_letters_.size());
  const bool fits = ellipsis_ == Ellipsis::none   ? count == 0
                    : ellipsis_ == Ellipsis::left ? count >= 1
                                                  : count >= 0;
  require(fits, name(), "the input does not have the axes of equation=\"", config_.equation,
      "\" (received shape ", input_shape, ")");
  return count;
}

Index EinsumDense::length_of(char letter, const Shape& input_shape) const {
  if (const std::size_t at = x_letters_.find(letter); at != std::string::npos)
    return input_shape[static_cast<Index>(at) + (ellipsis_ == Ellipsis::left ? elided(input_shape) : 0)];
  const auto at = static_cast<Index>(y_letters_.find(letter));
  if (ellipsis_ == Ellipsis::left) return config_.output_shape[at];
  return at == 0 ? input_shape[0] : config_.output_shape[at - 1];
}

void EinsumDense::build_weights(const Shape& input_shape) const {
  const Config& c = config_;
  output_shape(input_shape);  // refuses what does not fit
  const auto known = [&](char letter) {
    const Index length = length_of(letter, input_shape);
    require(length != None, name(), "the length of axis '", letter, "' must be known (received shape ",
        input_shape, ", output_shape=", c.output_shape, ")");
    return length;
  };
  Shape kernel;
  for (const char letter : kernel_letters_) kernel.push_back(known(letter));
  add_weight(kernel_, {"kernel", kernel, c.kernel_initializer, c.kernel_regularizer, c.kernel_constraint});
  if (!c.bias_axes) return;
  Shape bias;
  for (const char letter : y_letters_.substr(y_letters_.find_first_of(*c.bias_axes)))
    bias.push_back(has(*c.bias_axes, letter) ? known(letter) : 1);
  if (ellipsis_ == Ellipsis::right)
    for (Index i = 0; i < elided(input_shape); ++i) bias.push_back(1);
  add_weight(bias_, {"bias", bias, c.bias_initializer, c.bias_regularizer, c.bias_constraint});
}

void EinsumDense::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  if (is_built() && ellipsis_ != Ellipsis::left) require_rank(input_shape, build_shapes()[0].rank());
  elided(input_shape);
  for (std::size_t i = 0; i < kernel_letters_.size(); ++i) {
    const char letter = kernel_letters_[i];
    const Index length = length_of(letter, input_shape), expected = kernel_.shape()[static_cast<Index>(i)];
    require(length == expected || length == None, name(), "axis '", letter,
        "' of the input must have length ", expected, ", as when the layer was built (received shape ",
        input_shape, ")");
  }
}

Shape EinsumDense::output_shape(const Shape& input_shape) const {
  const Index count = elided(input_shape);
  Shape out;
  if (ellipsis_ == Ellipsis::left)
    for (Index i = 0; i < count; ++i) out.push_back(input_shape[i]);
  for (std::size_t i = 0; i < y_letters_.size(); ++i) {
    const char letter = y_letters_[i];
    const Index length = length_of(letter, input_shape);
    const auto at = static_cast<Index>(i) - (ellipsis_ == Ellipsis::left ? 0 : 1);
    const Index asked = at < 0 ? None : config_.output_shape[at];
    require(asked == None || length == None || asked == length, name(), "axis '", letter,
        "' must have one length in the input and in output_shape (received shape ", input_shape,
        ", output_shape=", config_.output_shape, ")");
    out.push_back(length == None ? asked : length);
  }
  if (ellipsis_ == Ellipsis::right)
    for (Index i = input_shape.rank() - count; i < input_shape.rank(); ++i) out.push_back(input_shape[i]);
  return out;
}

Tensor EinsumDense::call(const Tensor& x, const CallOptions&) const {
  Tensor y = einsum(config_.equation, {x, kernel_});
  if (config_.bias_axes) y = add(y, bias_);
  return config_.activation ? config_.activation(y) : y;
}

}  // namespace xtape
