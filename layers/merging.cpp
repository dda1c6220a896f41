#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/merging.hpp>

namespace xtape {
namespace {

/// The length that two lengths broadcast to: None when one is None, nothing when they do not.
std::optional<Index> broadcast_length(Index a, Index b) {
  if (a == None || b == None) return None;
  if (a == b || b == 1) return a;
  return a == 1 ? std::optional(b) : std::nullopt;
}

bool has_all(const Tensors& masks) {
  return !masks.empty() &&
         std::all_of(masks.begin(), masks.end(), [](const Tensor& m) { return static_cast<bool>(m); });
}

/// t with axes of length 1 behind the batch axis.
Tensor raised_to(Tensor t, Index rank) {
  while (t.rank() < rank) t = expand_dims(t, 1);
  return t;
}

Index largest_rank(const Tensors& tensors) {
  Index rank = 0;
  for (const Tensor& t : tensors) rank = std::max(rank, t.rank());
  return rank;
}

Tensor any_of(const Tensors& masks) {
  const Index rank = largest_rank(masks);
  Tensor any = raised_to(masks[0], rank);
  for (std::size_t i = 1; i < masks.size(); ++i) any = logical_or(any, raised_to(masks[i], rank));
  return any;
}

Tensor sum_of(const Tensors& x) {
  Tensor y = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) y = add(y, x[i]);
  return y;
}

/// The inputs taken together by `f`, which has no neutral element: where only one side counts, it is taken twice.
Tensor fold(Tensor (*f)(const Tensor&, const Tensor&), const Tensors& inputs, const Tensors& masks) {
  Tensor y = inputs[0], y_mask = masks[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const Tensor x = masks[i] ? where(masks[i], inputs[i], y) : inputs[i];
    if (y_mask) y = where(y_mask, y, x);
    y_mask = y_mask && masks[i] ? logical_or(y_mask, masks[i]) : Tensor();
    y = f(y, x);
  }
  return y;
}

}  // namespace

Json Merge::get_config() const { return layer_config(*this, config_); }

Shapes Merge::output_shapes(const Shapes& input_shapes) const {
  const auto fail = [&](std::string_view what) {
    std::string all;
    for (const Shape& shape : input_shapes) all += (all.empty() ? "" : ", ") + concat(shape);
    throw ValueError(concat(name(), ": the inputs must ", what, " (received shapes ", all, ")"));
  };
  Shape out = input_shapes.at(0);
  for (const Shape& shape : input_shapes) {
    if (shape.rank() == 0) fail("have a batch axis");
    if (out[0] == None) out[0] = shape[0];
    if (shape[0] != None && shape[0] != out[0]) fail("have the same batch size");
    while (out.rank() < shape.rank()) out = out.with(1, 1);
    const Index ahead = out.rank() - shape.rank();
    for (Index i = 1; i < shape.rank(); ++i) {
      const auto length = broadcast_length(out[ahead + i], shape[i]);
      if (!length) fail("broadcast to one shape");
      out[ahead + i] = *length;
    }
  }
  return {out};
}

Tensors Merge::call_many(const Tensors& inputs, const CallOptions& options) const {
  const Index rank = largest_rank(inputs);
  Tensors raised, masks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor mask = i < options.masks.size() ? options.masks[i] : Tensor();
    // As in Keras, an input that is given more axes loses its mask.
    masks.push_back(mask && inputs[i].rank() == rank ? expand_dims(mask, -1) : Tensor());
    raised.push_back(raised_to(inputs[i], rank));
  }
  return {merge(raised, masks)};
}

Tensors Merge::compute_mask(const Tensors& inputs, const Tensors& masks) const {
  if (masks.empty()) return {};
  require(masks.size() == inputs.size(), name(), "there must be as many masks as inputs (received ",
      masks.size(), " for ", inputs.size(), ")");
  return has_all(masks) ? Tensors{any_of(masks)} : Tensors();
}

Tensor Add::merge(const Tensors& inputs, const Tensors&) const { return sum_of(inputs); }

Tensor Average::merge(const Tensors& inputs, const Tensors&) const {
  return divide(sum_of(inputs), static_cast<double>(inputs.size()));
}

Tensor Maximum::merge(const Tensors& inputs, const Tensors& masks) const {
  return fold(maximum, inputs, masks);
}

Tensor Minimum::merge(const Tensors& inputs, const Tensors& masks) const {
  return fold(minimum, inputs, masks);
}

Tensor Multiply::merge(const Tensors& inputs, const Tensors& masks) const {
  Tensor y;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor x = masks[i] ? where(masks[i], inputs[i], 1) : inputs[i];
    y = y ? multiply(y, x) : x;
  }
  return has_all(masks) ? where(any_of(masks), y, 0) : y;
}

void Subtract::check_input(const Shapes& input_shapes) const {
  require(input_shapes.size() == 2, name(), "takes two inputs (received ", input_shapes.size(), ")");
  Merge::check_input(input_shapes);
}

Tensor Subtract::merge(const Tensors& inputs, const Tensors&) const { return subtract(inputs[0], inputs[1]); }

}  // namespace xtape
