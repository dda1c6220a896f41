#include <map>
#include <mutex>

#include <xtape/core/errors.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/lambda.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {
namespace {

std::mutex functions_mutex;
std::map<std::string, LambdaFunction>& functions() {
  static std::map<std::string, LambdaFunction> all;
  return all;
}

/// The shapes with a length in the place of each None.
Shapes filled(Shapes shapes, Index length) {
  for (Shape& shape : shapes)
    for (Index& n : shape)
      if (n == None) n = length;
  return shapes;
}

}  // namespace

void register_function(const std::string& name, LambdaFunction function) {
  require(!name.empty() && function, "register_function", "needs a name and a function (received name=\"",
      name, "\")");
  function.name_ = name;
  const std::lock_guard lock(functions_mutex);
  functions()[name] = std::move(function);
}

LambdaFunction::LambdaFunction(const std::string& name) {
  const std::lock_guard lock(functions_mutex);
  const auto found = functions().find(name);
  require(found != functions().end(), "Lambda", "there is no registered function \"", name,
      "\"; register_function gives it its name");
  *this = found->second;
}

Json LambdaFunction::to_json() const {
  if (!function_) return nullptr;
  require(!name_.empty(), "Lambda",
      "a function without a name cannot be written to a config; give it one with register_function");
  return {{"module", "builtins"}, {"class_name", "function"}, {"config", name_}, {"registered_name", name_}};
}

LambdaFunction LambdaFunction::from_json(const Json& json) {
  if (json.is_null()) return {};
  const Json& name = json.is_object() && json.contains("config") ? json["config"] : json;
  require(name.is_string(), "Lambda", "function must be the name of a registered function (received ",
      json.dump(), ")");
  return LambdaFunction(name.get<std::string>());
}

const Tensor& LambdaFunction::only(const Tensors& inputs) {
  require(inputs.size() == 1, "Lambda", "the function takes one input (received ", inputs.size(), ")");
  return inputs[0];
}

Lambda::Lambda(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(static_cast<bool>(config_.function), class_name, "function must be given");
}
Lambda::Lambda(LambdaFunction function) : Lambda(Config{.function = std::move(function)}) {}

Json Lambda::get_config() const {
  Json out = layer_config(*this, config_);
  for (const char* key : {"output_shape", "mask"})  // Keras writes them only where they are
    if (out[key].is_null()) out.erase(key);
  if (config_.mixes_samples) out.erase("mixes_samples");
  return out;
}

Tensors Lambda::compute_mask(const Tensors& inputs, const Tensors& masks) const {
  return config_.mask ? config_.mask(inputs, {.masks = masks}) : Tensors();
}

Shapes Lambda::output_shapes(const Shapes& input_shapes) const {
  if (config_.output_shape) return {config_.output_shape->with(0, input_shapes.at(0).dim(0))};
  const NoRecording pause;
  const auto shapes_for = [&](Index length) {
    Tensors zeros_in;
    for (const Shape& shape : filled(input_shapes, length)) zeros_in.push_back(zeros(shape, dtype()));
    Shapes out;
    for (const Tensor& y : config_.function(zeros_in, {})) out.push_back(y.shape());
    return out;
  };
  // Lengths that differ between two tries are those that follow the ones that are not known.
  Shapes out = shapes_for(17);
  if (filled(input_shapes, 0) == input_shapes) return out;
  const Shapes other = shapes_for(19);
  for (std::size_t i = 0; i < out.size(); ++i)
    for (Index k = 0; k < out[i].rank(); ++k)
      if (out[i][k] != other.at(i).dim(k)) out[i][k] = None;
  return out;
}

Tensors Lambda::call_many(const Tensors& inputs, const CallOptions& options) const {
  CallOptions inner = options;
  inner.output_masks = nullptr;  // layers inside the function do not say which steps of the result count
  return config_.function(inputs, inner);
}

}  // namespace xtape
