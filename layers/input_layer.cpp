#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/layers/input_layer.hpp>

namespace xtape {
namespace {

Shape sample_shape(const InputLayer::Config& c) {
  if (c.batch_shape) {
    require(c.batch_shape->rank() >= 1, InputLayer::class_name,
        "batch_shape must have the batch axis (received ", *c.batch_shape, ")");
    return c.batch_shape->without(0);
  }
  return c.input_shape.value_or(c.shape);
}

}  // namespace

InputLayer::InputLayer(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, sample_shape(config)) {
  for (const Index length : sample_shape(config))
    require(length >= 0 || length == None, class_name, "shape must hold lengths or None (received ",
        sample_shape(config), ")");
}

Json InputLayer::get_config() const {
  return {{"batch_shape", to_json_value(*batch_shape())}, {"dtype", std::string(xtape::name(dtype()))},
      {"name", name()}};
}

void InputLayer::check_input(const Shapes& input_shapes) const {
  const Shape& given = single(input_shapes);
  const Shape& expected = *batch_shape();
  require(expected.matches(given), name(), "the model's input must have shape ", expected, " (received ",
      given, ")");
}

}  // namespace xtape
