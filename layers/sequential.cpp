#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape {

Sequential::Sequential(std::vector<AnyLayer> layers, const std::string& name, bool trainable)
    : Model(class_name, name, trainable, {}), parts_(std::make_shared<Parts>()) {
  for (const AnyLayer& layer : layers) append(layer);
  build_if_shape_is_known();
}

void Sequential::append(const AnyLayer& layer) const {
  if (const InputLayer* input = layer.as<InputLayer>()) {
    require(parts_->layers.empty() && !parts_->input, name(), "an Input can only come first");
    parts_->input = *input;
    parts_->input_is_given = true;
    return;
  }
  for (const AnyLayer& other : parts_->layers) {
    require(layer->name() != other->name(), name(), "all layers must have different names (received \"",
        layer->name(), "\" twice)");
  }
  parts_->layers.push_back(layer);
}

void Sequential::build_if_shape_is_known() const {
  if (parts_->layers.empty()) return;
  if (parts_->input) {
    build(*parts_->input->batch_shape());
  } else if (const auto& shape = parts_->layers[0]->batch_shape()) {
    build(*shape);
  }
}

void Sequential::add(const AnyLayer& layer) const {
  const Parts before = *parts_;
  append(layer);
  try {
    if (is_built()) parts_->tensors.push_back(connect(layer, parts_->tensors.back()));
    build_if_shape_is_known();
  } catch (...) {  // a layer that does not fit is not added
    *parts_ = before;
    throw;
  }
}

AnyLayer Sequential::pop() const {
  require(!parts_->layers.empty(), name(), "pop: there is no layer");
  const AnyLayer last = parts_->layers.back();
  parts_->layers.pop_back();
  if (is_built()) parts_->tensors.pop_back();
  return last;
}

std::optional<Shape> Sequential::input_shape() const {
  return parts_->input ? parts_->input->batch_shape() : std::nullopt;
}

const KerasTensors& Sequential::inputs() const {
  if (!is_built()) throw StateError(concat(name(), ": has no inputs before it is built"));
  return parts_->tensors.front();
}

const KerasTensors& Sequential::outputs() const {
  if (!is_built()) throw StateError(concat(name(), ": has no outputs before it is built"));
  return parts_->tensors.back();
}

std::vector<std::string> Sequential::input_names() const {
  return is_built() ? layer_names(inputs()) : std::vector<std::string>();
}

std::vector<std::string> Sequential::output_names() const {
  return parts_->layers.empty() ? std::vector<std::string>() : std::vector{parts_->layers.back()->name()};
}

Json Sequential::get_config() const {
  Json layers = Json::array();
  if (parts_->input) layers.push_back(layer_to_json(*parts_->input));
  for (const AnyLayer& layer : parts_->layers) layers.push_back(layer_to_json(*layer));
  Json out = {
      {"name", name()}, {"trainable", trainable()}, {"dtype", dtype_policy(dtype())}, {"layers", layers}};
  if (is_built()) out["build_input_shape"] = to_json_value(build_shapes().at(0));
  return out;
}

void Sequential::build_weights(const Shape& input_shape) const {
  require(!parts_->layers.empty(), name(), "a Sequential needs at least one layer before it is built");
  const auto made = [&] {
    const Shape shape = input_shape.empty() ? Shape{None} : input_shape.without(0).with(0, None);
    return InputLayer({.dtype = parts_->layers[0]->dtype(), .batch_shape = shape});
  };
  const InputLayer input = parts_->input ? *parts_->input : made();
  std::vector<KerasTensors> tensors{input.output()};
  for (const AnyLayer& layer : parts_->layers) tensors.push_back(connect(layer, tensors.back()));
  parts_->input = input;
  parts_->tensors = std::move(tensors);
}

void Sequential::check_input(const Shapes& input_shapes) const {
  const Shape& given = single(input_shapes);
  if (parts_->input_is_given) {
    require(input_shape()->matches(given), name(), "the input must have shape ", *input_shape(),
        " (received ", given, ")");
  }
}

Tensors Sequential::cast_inputs(const Tensors& inputs) const {
  return parts_->input ? Tensors{parts_->input->accept(single(inputs))} : inputs;
}

Shapes Sequential::output_shapes(const Shapes& input_shapes) const {
  Shape shape = single(input_shapes);
  if (parts_->input) shape = parts_->input->accept(shape);
  for (const AnyLayer& layer : parts_->layers) shape = layer->compute_output_shape(shape);
  return {shape};
}

Index Sequential::activation_size(const Shapes& input_shapes) const {
  Shape shape = single(input_shapes);
  if (parts_->input) shape = parts_->input->accept(shape);
  Index size = 0;
  for (const AnyLayer& layer : parts_->layers) {
    size += layer->activation_size({shape});
    shape = layer->compute_output_shape(shape);
  }
  return size;
}

Tensor Sequential::call(const Tensor& x, const CallOptions& options) const {
  CallOptions inner = options;
  Tensor y = x;
  for (const AnyLayer& layer : parts_->layers) {
    Tensors masks;
    inner.output_masks = &masks;
    y = (*layer)(y, inner);
    inner.masks = std::move(masks);
  }
  if (options.output_masks) *options.output_masks = std::move(inner.masks);
  return y;
}

std::optional<Reach> Sequential::reach_itself(const Shapes& input_shapes, bool training) const {
  Shape shape = single(input_shapes);
  if (parts_->input) shape = parts_->input->accept(shape);
  check_input({shape});
  std::optional<Reach> reach = step_by_step({shape});
  for (const AnyLayer& layer : parts_->layers) {
    if (!reach) return {};
    reach = then(reach, layer->reach({shape}, training));
    shape = layer->compute_output_shape(shape);
  }
  return reach;
}

}  // namespace xtape
