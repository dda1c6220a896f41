#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/input_layer.hpp>

namespace xtape {
namespace {

Shape whole_shape(const InputLayer::Config& c) {
  const Shape sample = c.input_shape.value_or(c.shape);
  if (!c.batch_shape) return sample.with(0, c.batch_size.value_or(None));
  require(c.batch_shape->rank() >= 1, InputLayer::class_name,
      "batch_shape must have the batch axis (received ", *c.batch_shape, ")");
  require(sample.empty() && !c.batch_size, InputLayer::class_name,
      "give batch_shape, or shape and batch_size, but not both");
  return *c.batch_shape;
}

/// The dtype that weights would have: integers are for inputs alone.
std::optional<DType> floating(std::optional<DType> dtype) {
  return dtype && is_floating(*dtype) ? dtype : std::nullopt;
}

}  // namespace

InputLayer::InputLayer(Config config)
    : Layer(
          class_name, config.name, config.trainable, floating(config.dtype), whole_shape(config).without(0)),
      output_{whole_shape(config), config.dtype.value_or(default_dtype())} {
  for (const Index length : output_.shape)
    require(length >= 0 || length == None, class_name, "shape must hold lengths or None (received ",
        output_.shape, ")");
  require(!config.sparse && !config.ragged && !config.optional, class_name,
      "sparse, ragged and optional inputs are not supported");
}

KerasTensors InputLayer::output() const {
  build(output_.shape);
  return KerasTensor(std::make_shared<LayerCall>(LayerCall{*this, 0, {}, {output_}}));
}

Json InputLayer::get_config() const {
  return {{"batch_shape", to_json_value(output_.shape)}, {"dtype", std::string(xtape::name(output_.dtype))},
      {"sparse", false}, {"ragged", false}, {"name", name()}, {"optional", false}};
}

Shape InputLayer::accept(const Shape& given) const {
  const Index missing = output_.shape.rank() - given.rank();
  if (missing == 1 && output_.shape.back() == 1 && given.rank() > 0) return given.with(given.rank(), 1);
  if (missing == -1 && given.back() == 1) return given.without(given.rank() - 1);
  return given;
}

Tensor InputLayer::accept(const Tensor& x) const {
  const Tensor y = x.dtype() == output_.dtype ? x : cast(x, output_.dtype);
  return x.rank() == output_.shape.rank() ? y : reshape(y, accept(x.shape()));
}

void InputLayer::check(const Shape& given) const {
  require(batch_shape()->matches(given), name(), "the model's input must have shape ", *batch_shape(),
      " (received ", given, ")");
}

}  // namespace xtape
