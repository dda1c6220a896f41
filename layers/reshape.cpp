#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/reshape.hpp>

namespace xtape {

Reshape::Reshape(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  const auto& target = config_.target_shape;
  require(std::all_of(target.begin(), target.end(), [](Index length) { return length >= -1; }), class_name,
      "target_shape must hold lengths or -1 (received target_shape=", to_json_value(target).dump(), ")");
  require(std::count(target.begin(), target.end(), -1) <= 1, class_name,
      "target_shape may hold -1 once (received it ", std::count(target.begin(), target.end(), -1), " times)");
}

Json Reshape::get_config() const { return layer_config(*this, config_); }

void Reshape::check_input(const Shapes& input_shapes) const { output_shape(single(input_shapes)); }

Shape Reshape::output_shape(const Shape& input_shape) const {
  require_min_rank(input_shape, 1);
  const Shape sample = input_shape.without(0);
  Shape target(config_.target_shape);  // its -1, if there is one, reads as None
  if (sample.is_known()) {
    const auto unknown = std::find(target.begin(), target.end(), None);
    const bool is_open = unknown != target.end();
    if (is_open) *unknown = 1;
    const Index known = target.size();
    const bool fits = is_open ? known > 0 && sample.size() % known == 0 : known == sample.size();
    require(fits, name(), "the number of elements must stay the same (received shape ", input_shape,
        ", target_shape=", to_json_value(config_.target_shape).dump(), ")");
    if (is_open) *unknown = sample.size() / known;
  }
  return target.with(0, input_shape[0]);
}

Tensor Reshape::call(const Tensor& x, const CallOptions&) const {
  return reshape(x, output_shape(x.shape()));
}

}  // namespace xtape
