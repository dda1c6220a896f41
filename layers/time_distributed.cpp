#include <xtape/core/errors.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/time_distributed.hpp>

namespace xtape {

TimeDistributed::TimeDistributed(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(static_cast<bool>(config_.layer), class_name, "layer must be a layer (received layer=None)");
  if (!config_.trainable) config_.layer->set_trainable(false);
}

Json TimeDistributed::get_config() const { return layer_config(*this, config_); }

Shape TimeDistributed::step_shape(const Shape& input_shape) const {
  require_min_rank(input_shape, 3);
  return input_shape.without(1);
}

void TimeDistributed::build_weights(const Shape& input_shape) const {
  build_part(*config_.layer, {step_shape(input_shape)});
}

void TimeDistributed::check_input(const Shapes& input_shapes) const { step_shape(single(input_shapes)); }

Shape TimeDistributed::output_shape(const Shape& input_shape) const {
  const Shape step = config_.layer->compute_output_shape(step_shape(input_shape));
  return step.with(1, input_shape[1]);
}

namespace {

/// (batch, steps, ...) as (batch * steps, ...); None stays None.
Tensor joined(const Tensor& t) {
  return t ? reshape(t, t.shape().without(0).without(0).with(0, t.dim(0) * t.dim(1))) : t;
}

/// And back.
Tensor parted(const Tensor& t, Index batch, Index steps) {
  return t ? reshape(t, t.shape().without(0).with(0, steps).with(0, batch)) : t;
}

}  // namespace

Tensors TimeDistributed::compute_mask(const Tensors& inputs, const Tensors& masks) const {
  const Tensor& x = inputs.at(0);
  if (masks.empty() || !masks[0] || masks[0].rank() == 2) return masks;
  Tensors of_steps = config_.layer->compute_mask({joined(x)}, {joined(masks[0])});
  for (Tensor& mask : of_steps) mask = parted(mask, x.dim(0), x.dim(1));
  return of_steps;
}

Tensor TimeDistributed::call(const Tensor& x, const CallOptions& options) const {
  const Index batch = x.dim(0), steps = x.dim(1);
  const Tensor mask = options.mask();
  require(!mask || (mask.rank() >= 2 && mask.dim(0) == batch && mask.dim(1) == steps), name(),
      "the mask must have shape (batch, steps, ...) (received ", mask ? mask.shape() : Shape{},
      " for an input of shape ", x.shape(), ")");
  CallOptions inner = options;
  inner.output_masks = nullptr;
  const auto layer = [&](const Tensor& step, const Tensor& step_mask) {
    inner.masks = {step_mask};
    return call_part(*config_.layer, {step}, inner).at(0);
  };

  if (!config_.layer->mixes_samples(options.training) || steps == 0) {  // all steps at once
    inner.first_sample *= steps;
    return parted(layer(joined(x), joined(mask)), batch, steps);
  }
  const Tensors x_steps = unstack(x, 1), mask_steps = mask ? unstack(mask, 1) : Tensors(x_steps.size());
  Tensors outputs;
  for (std::size_t t = 0; t < x_steps.size(); ++t) outputs.push_back(layer(x_steps[t], mask_steps[t]));
  return stack(outputs, 1);
}

}  // namespace xtape
