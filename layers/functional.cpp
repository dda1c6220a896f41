#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>

namespace xtape {
namespace {

const InputLayer& input_layer(const KerasTensor& input) { return *input.layer().as<InputLayer>(); }

/// A value of a run, with its mask.
struct Masked {
  Tensor value, mask;
};

}  // namespace

Functional::Functional(
    const KerasTensors& inputs, const KerasTensors& outputs, const std::string& name, bool trainable)
    : Model(class_name, name, true, {}),
      graph_(std::make_shared<const Graph>(inputs, outputs, this->name())) {
  Shapes shapes;
  for (const KerasTensor& x : this->inputs()) shapes.push_back(x.shape());
  build(shapes);
  if (!trainable) set_trainable(false);
}

Tensors Functional::cast_inputs(const Tensors& given) const {
  Tensors out = given;
  for (std::size_t i = 0; i < given.size() && i < inputs().size(); ++i)
    out[i] = input_layer(inputs()[i]).accept(given[i]);
  return out;
}

void Functional::check_input(const Shapes& input_shapes) const {
  require(input_shapes.size() == inputs().size(), name(), "takes ", inputs().size(), " inputs (received ",
      input_shapes.size(), ")");
  for (std::size_t i = 0; i < input_shapes.size(); ++i) input_layer(inputs()[i]).check(input_shapes[i]);
}

Shapes Functional::accepted(const Shapes& input_shapes) const {
  Shapes shapes = input_shapes;
  for (std::size_t i = 0; i < shapes.size() && i < inputs().size(); ++i)
    shapes[i] = input_layer(inputs()[i]).accept(shapes[i]);
  check_input(shapes);
  return shapes;
}

Shapes Functional::output_shapes(const Shapes& input_shapes) const {
  return graph_->run(accepted(input_shapes), [](const Graph::Step& step, const Shapes& given) {
    return step.call->layer->compute_output_shape(given);
  });
}

DType Functional::output_dtype(const std::vector<DType>&) const { return outputs()[0].dtype(); }

Index Functional::activation_size(const Shapes& input_shapes) const {
  Index size = 0;
  graph_->run(accepted(input_shapes), [&](const Graph::Step& step, const Shapes& given) {
    size += step.call->layer->activation_size(given);
    return step.call->layer->compute_output_shape(given);
  });
  return size;
}

Tensors Functional::call_many(const Tensors& inputs, const CallOptions& options) const {
  std::vector<Masked> values;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values.push_back({inputs[i], i < options.masks.size() ? options.masks[i] : Tensor()});

  const std::vector<Masked> found =
      graph_->run(std::move(values), [&](const Graph::Step& step, std::vector<Masked> given) {
        CallOptions inner = options;
        // A random layer that stands in several places draws other numbers in each.
        if (inner.step) *inner.step += static_cast<std::uint64_t>(step.earlier_calls) << 48;
        inner.masks.clear();
        Tensors x, masks;
        for (Masked& entry : given) {
          x.push_back(std::move(entry.value));
          inner.masks.push_back(std::move(entry.mask));
        }
        if (std::none_of(inner.masks.begin(), inner.masks.end(), [](const Tensor& m) { return bool(m); }))
          inner.masks.clear();
        inner.output_masks = &masks;
        const Tensors y = (*step.call->layer)(x, inner);
        std::vector<Masked> out;
        for (std::size_t i = 0; i < y.size(); ++i)
          out.push_back({y[i], i < masks.size() ? masks[i] : Tensor()});
        return out;
      });

  Tensors outputs, masks;
  for (const Masked& entry : found) {
    outputs.push_back(entry.value);
    masks.push_back(entry.mask);
  }
  if (options.output_masks) *options.output_masks = std::move(masks);
  return outputs;
}

std::optional<Reach> Functional::reach_itself(const Shapes& input_shapes, bool training) const {
  const Shapes shapes = accepted(input_shapes);
  bool is_known = outputs().size() == 1 && step_by_step(shapes);
  struct Value {
    Shape shape;
    Reach reach;
  };
  std::vector<Value> values;
  for (const Shape& shape : shapes) values.push_back({shape, {}});
  const auto through = [&](const Graph::Step& step, const std::vector<Value>& given) {
    std::vector<Value> out(step.call->outputs.size());
    if (!is_known) return out;
    Shapes given_shapes;
    std::optional<Reach> reach = given.at(0).reach;
    for (const Value& value : given) {
      given_shapes.push_back(value.shape);
      reach = both(reach, value.reach);
    }
    reach = then(reach, step.call->layer->reach(given_shapes, training));
    is_known = reach.has_value();
    if (!is_known) return out;
    const Shapes found = step.call->layer->compute_output_shape(given_shapes);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {found.at(i), *reach};
    return out;
  };
  const Reach found = graph_->run(std::move(values), through).at(0).reach;
  return is_known ? std::optional(found) : std::nullopt;
}

}  // namespace xtape
