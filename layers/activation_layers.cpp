#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/layers/activation_layers.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {
namespace {

void require_not_negative(std::string_view owner, std::string_view what, double value) {
  require(value >= 0, owner, what, " must not be negative (received ", what, "=", value, ")");
}

}  // namespace

ELU::ELU(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}
ELU::ELU() : ELU(Config{}) {}

Json ELU::get_config() const { return layer_config(*this, config_); }

Tensor ELU::call(const Tensor& x, const CallOptions&) const { return elu(x, config_.alpha); }

LeakyReLU::LeakyReLU(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  if (config_.alpha) config_.negative_slope = *config_.alpha;
  require_not_negative(class_name, "negative_slope", config_.negative_slope);
}
LeakyReLU::LeakyReLU() : LeakyReLU(Config{}) {}

Json LeakyReLU::get_config() const { return layer_config(*this, config_); }

Tensor LeakyReLU::call(const Tensor& x, const CallOptions&) const {
  return leaky_relu(x, config_.negative_slope);
}

ReLU::ReLU(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require_not_negative(class_name, "max_value", config_.max_value.value_or(0));
  require_not_negative(class_name, "negative_slope", config_.negative_slope);
  require_not_negative(class_name, "threshold", config_.threshold);
}
ReLU::ReLU() : ReLU(Config{}) {}

Json ReLU::get_config() const { return layer_config(*this, config_); }

Tensor ReLU::call(const Tensor& x, const CallOptions&) const {
  return relu(x, {config_.negative_slope, config_.max_value, config_.threshold});
}

Softmax::Softmax(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {}
Softmax::Softmax() : Softmax(Config{}) {}

Json Softmax::get_config() const { return layer_config(*this, config_); }

void Softmax::check_input(const Shapes& input_shapes) const {
  for (const Index axis : config_.axis.numbers()) normalize_axis(axis, single(input_shapes).rank(), name());
}

Tensor Softmax::call(const Tensor& x, const CallOptions& options) const {
  const Tensor mask = options.mask();
  if (!mask) return activations::softmax_of(x, config_.axis);
  // Far below all others, but finite: with all of them there, none is favoured and nothing becomes NaN.
  const Tensor counting = where(mask, x, -1e9);
  return multiply(activations::softmax_of(counting, config_.axis), cast(mask, x.dtype()));
}

std::optional<Reach> Softmax::reach_itself(const Shapes& input_shapes, bool) const {
  return config_.axis.is_last(3) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
