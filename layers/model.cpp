
#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {

Model::Model(std::string_view class_name, const std::string& name, bool trainable, std::optional<DType> dtype)
    : Layer(class_name, name, trainable, dtype), training_(std::make_shared<std::shared_ptr<Training>>()) {}

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

std::string Model::to_json() const {
  const Json json = {{"module", "keras"}, {"class_name", std::string(type_name())}, {"config", get_config()},
      {"registered_name", nullptr}};
  return json.dump();
}

Training& Model::training() const {
  if (!is_compiled()) throw StateError(concat(name(), ": compile the model first"));
  return **training_;
}

}  // namespace xtape
