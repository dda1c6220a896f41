#include <cmath>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/normalize.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {
namespace {

/// z where steps under a mask that is false do not count: the mean is sum(w x) / (sum(w) + 1e-7) with w = 1 or 0.
Tensor normalize_under(
    const Tensor& mask, const Tensor& x, const std::vector<Index>& axes, double epsilon, Moments& found) {
  const Tensor weights = broadcast_to(cast(expand_dims(mask, -1), x.dtype()), x.shape());
  const Tensor count = add(sum(weights, axes, true), 1e-7);
  const Tensor mean = divide(sum(multiply(weights, x), axes, true), count), deviations = subtract(x, mean);
  const Tensor variance = divide(sum(multiply(weights, square(deviations)), axes, true), count);
  found = {mean.detached(), variance.detached()};
  return multiply(deviations, rsqrt(add(variance, epsilon)));
}

/// A state that follows what is seen.
void follow(const Variable& state, const Tensor& seen, double momentum) {
  const Tensor old = state.current().detached();
  state.assign(add(multiply(old, momentum), multiply(seen.view_as(old.shape()), 1 - momentum)));
}

}  // namespace

Json RenormClipping::to_json() const {
  Json out = Json::object();
  if (rmax) out["rmax"] = *rmax;
  if (rmin) out["rmin"] = *rmin;
  if (dmax) out["dmax"] = *dmax;
  return out;
}

RenormClipping RenormClipping::from_json(const Json& json) {
  RenormClipping out;
  if (!json.is_object())
    throw ValueError(concat("renorm_clipping must be an object (received ", json.dump(), ")"));
  for (const auto& item : json.items()) {
    std::optional<double>* bound = item.key() == "rmax"   ? &out.rmax
                                   : item.key() == "rmin" ? &out.rmin
                                   : item.key() == "dmax" ? &out.dmax
                                                          : nullptr;
    if (!bound)
      throw ValueError(
          concat("renorm_clipping: keys must be rmax, rmin or dmax (received \"", item.key(), "\")"));
    from_json_value(item.value(), *bound, "renorm_clipping: " + item.key());
  }
  return out;
}

BatchNormalization::BatchNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  if (!config_.renorm) return;
  if (!config_.renorm_clipping) config_.renorm_clipping.emplace();
  const RenormClipping& bounds = *config_.renorm_clipping;
  require(!bounds.rmax || !bounds.rmin || *bounds.rmax >= *bounds.rmin, class_name,
      "rmax must be at least rmin in renorm_clipping (received rmax=", bounds.rmax.value_or(0),
      ", rmin=", bounds.rmin.value_or(0), ")");
  require(!bounds.dmax || *bounds.dmax >= 0, class_name,
      "dmax must not be negative in renorm_clipping (received dmax=", bounds.dmax.value_or(0), ")");
}

BatchNormalization::BatchNormalization() : BatchNormalization(Config{}) {}

Json BatchNormalization::get_config() const { return layer_config(*this, config_); }

void BatchNormalization::build_weights(const Shape& input_shape) const {
  const Config& c = config_;
  const Shape channels = lengths_along(input_shape, axes_of(c.axis, input_shape.rank(), name()), name());
  if (c.scale)
    add_weight(gamma_, {"gamma", channels, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint});
  if (c.center)
    add_weight(beta_, {"beta", channels, c.beta_initializer, c.beta_regularizer, c.beta_constraint});
  const auto add_state = [&](const Variable& state, const char* what, const Initializer& initializer) {
    add_weight(state, {.name = what, .shape = channels, .initializer = initializer, .trainable = false});
  };
  add_state(moving_mean_, "moving_mean", c.moving_mean_initializer);
  add_state(moving_variance_, "moving_variance", c.moving_variance_initializer);
  if (!c.renorm) return;
  const Initializer root = [of = c.moving_variance_initializer](
                               const Shape& shape, DType dtype) { return sqrt(of(shape, dtype)); };
  add_state(moving_stddev_, "moving_stddev", root);
  add_state(renorm_mean_, "renorm_mean", c.moving_mean_initializer);
  add_state(renorm_stddev_, "renorm_stddev", root);
}

void BatchNormalization::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  if (is_built()) require_rank(input_shape, build_shapes()[0].rank());
  require_axis(input_shape, config_.axis, moving_mean_.shape()[0]);
}

Shape BatchNormalization::output_shape(const Shape& input_shape) const {
  normalize_axis(config_.axis, input_shape.rank(), name());
  return input_shape;
}

Tensor BatchNormalization::call(const Tensor& x, const CallOptions& options) const {
  const Tensor mask = options.mask();
  require(!mask || mask.rank() == x.rank() - 1, name(),
      "the mask must have one axis less than the input (received mask ", mask ? mask.shape() : Shape(),
      ", input ", x.shape(), ")");
  return options.training && trainable() ? call_in_training(x, mask) : call_in_inference(x);
}

Tensor BatchNormalization::call_in_training(const Tensor& x, const Tensor& mask) const {
  const std::vector<Index> channels = axes_of(config_.axis, x.rank(), name());
  std::vector<Index> others;
  for (Index i = 0; i < x.rank(); ++i)
    if (i != channels[0]) others.push_back(i);
  const Tensor gamma = config_.scale ? lying_along(gamma_, x.shape(), channels) : Tensor();
  const Tensor beta = config_.center ? lying_along(beta_, x.shape(), channels) : Tensor();
  const bool in_parts = mask || config_.renorm;
  Moments found;
  Tensor y = mask ? normalize_under(mask, x, others, config_.epsilon, found)
                  : normalize(x,
                        {.axes = others,
                            .epsilon = config_.epsilon,
                            .scale = in_parts ? Tensor() : gamma,
                            .offset = in_parts ? Tensor() : beta},
                        &found);
  if (config_.renorm) y = renormalized(y, found.mean, found.variance);
  if (x.size() > 0) update_moving(found.mean, found.variance);
  if (in_parts && gamma) y = multiply(y, gamma);
  return in_parts && beta ? add(y, beta) : y;
}

Tensor BatchNormalization::call_in_inference(const Tensor& x) const {
  const std::vector<Index> channels = axes_of(config_.axis, x.rank(), name());
  Tensor factor = rsqrt(add(moving_variance_, config_.epsilon));
  if (config_.scale) factor = multiply(factor, gamma_);
  Tensor rest = negative(multiply(moving_mean_, factor));
  if (config_.center) rest = add(rest, beta_);
  return add(multiply(x, lying_along(factor, x.shape(), channels)), lying_along(rest, x.shape(), channels));
}

Tensor BatchNormalization::renormalized(const Tensor& z, const Tensor& mean, const Tensor& variance) const {
  const RenormClipping& bounds = *config_.renorm_clipping;
  const auto state = [&](const Variable& v) { return v.current().detached().view_as(mean.shape()); };
  const Tensor deviation = sqrt(add(variance, config_.epsilon));
  const Tensor divisor = maximum(state(renorm_stddev_), std::sqrt(config_.epsilon));
  Tensor r = divide(deviation, divisor), d = divide(subtract(mean, state(renorm_mean_)), divisor);
  if (bounds.rmin) r = maximum(r, *bounds.rmin);
  if (bounds.rmax) r = minimum(r, *bounds.rmax);
  if (bounds.dmax) d = clip(d, -*bounds.dmax, *bounds.dmax);
  return add(multiply(z, r), d);
}

void BatchNormalization::update_moving(const Tensor& mean, const Tensor& variance) const {
  if (!config_.renorm) {
    follow(moving_mean_, mean, config_.momentum);
    follow(moving_variance_, variance, config_.momentum);
    return;
  }
  const Tensor deviation = sqrt(add(variance, config_.epsilon));
  follow(renorm_mean_, mean, config_.renorm_momentum);
  follow(renorm_stddev_, deviation, config_.renorm_momentum);
  follow(moving_mean_, mean, config_.momentum);
  follow(moving_stddev_, deviation, config_.momentum);
  const Tensor stddev = moving_stddev_.current().detached();
  moving_variance_.assign(relu(subtract(square(stddev), config_.epsilon)));
}

std::optional<Reach> BatchNormalization::reach_itself(const Shapes& input_shapes, bool training) const {
  const bool by_channel = Axes(config_.axis).is_last(3);
  return by_channel && !mixes_samples_itself(training) ? step_by_step(input_shapes) : std::nullopt;
}

}  // namespace xtape
