#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape {

Sequential::Sequential(std::vector<AnyLayer> layers, const std::string& name, bool trainable)
    : Model(class_name, name, trainable, {}), parts_(std::make_shared<Parts>()) {
  for (const AnyLayer& layer : layers) append(layer);
  build_if_shape_is_known();
}

void Sequential::append(const AnyLayer& layer) const {
  if (layer.as<InputLayer>()) {
    require(parts_->layers.empty() && parts_->input.empty(), name(), "an Input can only come first");
    parts_->input.push_back(layer);
    return;
  }
  for (const AnyLayer& other : parts_->layers) {
    require(layer->name() != other->name(), name(), "all layers must have different names (received \"",
        layer->name(), "\" twice)");
  }
  parts_->layers.push_back(layer);
}

void Sequential::build_if_shape_is_known() const {
  if (!parts_->input.empty()) {
    parts_->input_shape = parts_->input[0]->batch_shape();
  } else if (!parts_->layers.empty()) {
    parts_->input_shape = parts_->layers[0]->batch_shape();
  }
  if (parts_->input_shape && !parts_->layers.empty()) build(*parts_->input_shape);
}

void Sequential::add(const AnyLayer& layer) const {
  const Parts before = *parts_;
  append(layer);
  try {
    if (is_built()) layer->build(shape_before(before.layers.size()));
    build_if_shape_is_known();
  } catch (...) {  // a layer that does not fit is not added
    *parts_ = before;
    throw;
  }
}

Shape Sequential::shape_before(std::size_t position) const {
  Shape shape = build_shapes().at(0);
  for (std::size_t i = 0; i < position; ++i) shape = parts_->layers[i]->compute_output_shape(shape);
  return shape;
}

void Sequential::pop() const {
  require(!parts_->layers.empty(), name(), "pop: there is no layer");
  parts_->layers.pop_back();
}

Json Sequential::get_config() const {
  Json layers = Json::array();
  for (const AnyLayer& layer : parts_->input) layers.push_back(to_json_value(layer));
  for (const AnyLayer& layer : parts_->layers) layers.push_back(to_json_value(layer));
  Json out = {
      {"name", name()}, {"trainable", trainable()}, {"dtype", dtype_policy(dtype())}, {"layers", layers}};
  if (is_built()) out["build_input_shape"] = to_json_value(build_shapes().at(0));
  return out;
}

void Sequential::build_weights(const Shape& input_shape) const {
  require(!parts_->layers.empty(), name(), "a Sequential needs at least one layer before it is built");
  Shape shape = input_shape;
  for (const AnyLayer& layer : parts_->layers) {
    layer->build(shape);
    shape = layer->compute_output_shape(shape);
  }
  if (!parts_->input_shape)
    parts_->input_shape = input_shape.rank() > 0 ? input_shape.without(0).with(0, None) : input_shape;
}

void Sequential::check_input(const Shapes& input_shapes) const {
  const Shape& given = single(input_shapes);
  if (!parts_->input.empty()) {
    require(parts_->input_shape->matches(given), name(), "the input must have shape ", *parts_->input_shape,
        " (received ", given, ")");
  }
}

Shape Sequential::output_shape(const Shape& input_shape) const {
  Shape shape = input_shape;
  for (const AnyLayer& layer : parts_->layers) shape = layer->compute_output_shape(shape);
  return shape;
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

}  // namespace xtape
