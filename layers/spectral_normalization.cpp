#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/initializers/initializers.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/spectral_normalization.hpp>

namespace xtape {
namespace {

/// x with length 1; vectors shorter than 1e-7 are divided by 1e-7.
Tensor with_length_1(const Tensor& x) { return divide(x, maximum(norm(x), 1e-7)); }

/// The layer's own weight that is normalized.
Variable kernel_of(const Layer& layer, const std::string& owner) {
  for (const char* name : {"kernel", "embeddings"})
    for (const Variable& weight : layer.weights())
      if (weight.name() == name && weight.path().ends_with(concat(layer.name(), '/', name))) return weight;
  throw ValueError(concat(owner, ": ", layer.type_name(), " has neither kernel nor embeddings"));
}

}  // namespace

SpectralNormalization::SpectralNormalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(static_cast<bool>(config_.layer), class_name, "layer is required");
  require(config_.power_iterations > 0, class_name,
      "power_iterations must be positive (received power_iterations=", config_.power_iterations, ")");
  if (!trainable()) config_.layer->set_trainable(false);
}

Json SpectralNormalization::get_config() const { return layer_config(*this, config_); }

void SpectralNormalization::build_weights(const Shape& input_shape) const {
  build_part(*config_.layer, {input_shape});
  const Shape& shape = kernel_of(*config_.layer, name()).shape();
  add_weight(vector_u_, {.name = "vector_u",
                            .shape = {1, shape.back()},
                            .initializer = initializers::TruncatedNormal({.stddev = 0.02}),
                            .trainable = false});
}

Shape SpectralNormalization::output_shape(const Shape& input_shape) const {
  return config_.layer->compute_output_shape(input_shape);
}

Tensors SpectralNormalization::compute_mask(const Tensors& inputs, const Tensors& masks) const {
  return config_.layer->compute_mask(inputs, masks);
}

void SpectralNormalization::normalize_kernel() const {
  const Variable weight = kernel_of(*config_.layer, name());
  const Tensor value = weight.current().detached();
  if (any(value).item() == 0) return;
  const Tensor w = reshape(value, {-1, value.shape().back()});
  Tensor u = vector_u_.current().detached(), v;
  for (Index i = 0; i < config_.power_iterations; ++i) {
    v = with_length_1(matmul(u, w, {.transpose_b = true}));
    u = with_length_1(matmul(v, w));
  }
  const Tensor sigma = matmul(matmul(v, w), u, {.transpose_b = true});
  vector_u_.assign(u);
  weight.assign(divide(value, reshape(sigma, {})));
}

Tensor SpectralNormalization::call(const Tensor& x, const CallOptions& options) const {
  if (options.training) normalize_kernel();
  return (*config_.layer)(x, options);
}

}  // namespace xtape
