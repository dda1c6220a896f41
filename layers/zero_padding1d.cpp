#include <xtape/core/ops/indexing.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/zero_padding1d.hpp>

namespace xtape {

ZeroPadding1D::ZeroPadding1D(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)),
      format_(parse_data_format(class_name, config_.data_format)) {
  config_.padding.check(class_name, "padding", 0);
  config_.data_format = std::string(xtape::name(format_));
}
ZeroPadding1D::ZeroPadding1D() : ZeroPadding1D(Config{}) {}

Json ZeroPadding1D::get_config() const { return layer_config(*this, config_); }

Shape ZeroPadding1D::output_shape(const Shape& input_shape) const {
  require_rank(input_shape, 3);
  Shape out = input_shape;
  Index& steps = out[steps_axis(format_)];
  if (steps != None) steps += config_.padding.first() + config_.padding.second();
  return out;
}

Tensor ZeroPadding1D::call(const Tensor& x, const CallOptions&) const {
  std::vector<PadWidth> widths(3);
  widths[static_cast<std::size_t>(steps_axis(format_))] = {config_.padding.first(), config_.padding.second()};
  return pad(x, widths);
}

std::optional<Reach> ZeroPadding1D::reach_itself(const Shapes& input_shapes, bool) const {
  if (format_ != DataFormat::channels_last) return {};
  const Index before = config_.padding.first();
  return then(step_by_step(input_shapes), Reach{.first = -before, .last = -before});
}

}  // namespace xtape
