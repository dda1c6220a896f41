#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Flatten::Flatten(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)),
      format_(parse_data_format(class_name, config_.data_format)) {
  config_.data_format = std::string(xtape::name(format_));
}

Flatten::Flatten() : Flatten(Config{}) {}

Json Flatten::get_config() const { return layer_config(*this, config_); }

void Flatten::check_input(const Shapes& input_shapes) const { require_min_rank(single(input_shapes), 1); }

Shape Flatten::output_shape(const Shape& input_shape) const {
  require_min_rank(input_shape, 1);
  const Shape sample = input_shape.without(0);
  return {input_shape[0], sample.is_known() ? sample.size() : None};
}

Tensor Flatten::call(const Tensor& x, const CallOptions&) const {
  const Tensor last = format_ == DataFormat::channels_first && x.rank() > 2 ? moveaxis(x, 1, -1) : x;
  return reshape(last, output_shape(x.shape()));
}

}  // namespace xtape
