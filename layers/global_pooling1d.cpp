#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/global_pooling1d.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

GlobalPooling1D::GlobalPooling1D(std::string_view class_name, Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)),
      format_(parse_data_format(class_name, config_.data_format)) {
  config_.data_format = std::string(xtape::name(format_));
}

Json GlobalPooling1D::get_config() const { return layer_config(*this, config_); }

Shape GlobalPooling1D::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  const Index channels = input_shape[channels_axis()];
  return keepdims() ? sequence_shape(format_, input_shape[0], 1, channels) : Shape{input_shape[0], channels};
}

Tensor GlobalMaxPooling1D::call(const Tensor& x, const CallOptions&) const {
  return max(x, steps_axis(), keepdims());
}

Tensor GlobalAveragePooling1D::call(const Tensor& x, const CallOptions& options) const {
  if (!options.mask()) return mean(x, steps_axis(), keepdims());
  const Tensor mask = expand_dims(options.mask(), channels_axis());
  const Tensor counting = where(mask, x, 0);  // what does not count may be NaN
  return divide(
      sum(counting, steps_axis(), keepdims()), sum(cast(mask, x.dtype()), steps_axis(), keepdims()));
}

}  // namespace xtape
