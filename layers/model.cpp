
#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/model.hpp>
#include <xtape/layers/registry.hpp>

namespace xtape {

Model::Model(std::string_view class_name, const std::string& name, bool trainable, std::optional<DType> dtype)
    : Layer(class_name, name, trainable, dtype),
      compiled_(std::make_shared<std::shared_ptr<const Compiled>>()) {}

const AnyLayer& Model::get_layer(std::string_view name) const {
  std::string known;
  for (const AnyLayer& layer : layers()) {
    if (layer->name() == name) return layer;
    known += (known.empty() ? "" : ", ") + layer->name();
  }
  throw ValueError(concat(this->name(), ": there is no layer \"", name, "\"; there are: ", known));
}

const AnyLayer& Model::get_layer(Index index) const {
  const auto count = static_cast<Index>(layers().size());
  require(0 <= index && index < count, name(), "get_layer: index must lie in [0, ", count, ") (received ",
      index, ")");
  return layers()[static_cast<std::size_t>(index)];
}

std::vector<const Layer*> Model::sublayers() const {
  std::vector<const Layer*> out;
  for (const AnyLayer& layer : layers()) out.push_back(&*layer);
  return out;
}

const KerasTensors& Model::inputs() const {
  throw StateError(concat(name(), ": ", type_name(), " is not made of symbolic tensors: it has no inputs"));
}

const KerasTensors& Model::outputs() const {
  throw StateError(concat(name(), ": ", type_name(), " is not made of symbolic tensors: it has no outputs"));
}

Index Model::activation_size(const Shapes&) const {  // of calls like those that the layers were built by
  Index size = 0;
  for (const Layer* layer : sublayers()) {
    Shapes shapes = layer->build_shapes();
    for (Shape& shape : shapes)
      for (Index i = 0; i < shape.rank(); ++i)
        if (i == 0 || shape[i] == None) shape[i] = 1;
    if (!shapes.empty()) size += layer->activation_size(shapes);
  }
  return size;
}

std::string Model::to_json() const { return layer_to_json(*this).dump(); }

Training& Model::training() const {
  if (!is_compiled()) throw StateError(concat(name(), ": compile the model first"));
  return *(*compiled_)->training;
}

}  // namespace xtape
