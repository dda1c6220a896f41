#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

Embedding::Embedding(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  const Config& c = config_;
  require(c.input_dim > 0, class_name,
      "input_dim must be a positive integer (received input_dim=", c.input_dim, ")");
  require(c.output_dim > 0, class_name,
      "output_dim must be a positive integer (received output_dim=", c.output_dim, ")");
  const Shape shape{c.input_dim, c.output_dim};
  require(!c.weights || c.weights.shape() == shape, class_name, "weights must have shape ", shape,
      " (received ", describe(c.weights), ")");
  set_activity_regularizer(c.activity_regularizer);
}

Json Embedding::get_config() const { return layer_config(*this, config_); }

void Embedding::build_weights(const Shape&) const {
  Initializer initializer = config_.embeddings_initializer;
  if (config_.weights)
    initializer = [given = config_.weights](const Shape&, DType dtype) { return cast(given, dtype); };
  add_weight(embeddings_, {"embeddings", {config_.input_dim, config_.output_dim}, initializer,
                              config_.embeddings_regularizer, config_.embeddings_constraint});
}

Shape Embedding::output_shape(const Shape& input_shape) const {
  return input_shape.with(input_shape.rank(), config_.output_dim);
}

Tensors Embedding::compute_mask(const Tensors& inputs, const Tensors& /*masks*/) const {
  return config_.mask_zero ? Tensors{not_equal(single(inputs), 0)} : Tensors();
}

Tensor Embedding::call(const Tensor& x, const CallOptions&) const {
  const bool is_index = x.dtype() == DType::int32 || x.dtype() == DType::int64;
  const Tensor indices = is_index ? x : cast(x, DType::int64);
  if (indices.size() > 0) {
    const double least = min(indices).item(), largest = max(indices).item();
    require(0 <= least && largest < static_cast<double>(config_.input_dim), name(),
        "the input must hold numbers in [0, ", config_.input_dim, ") (received ", least < 0 ? least : largest,
        ")");
  }
  return take(embeddings_, indices, 0);
}

}  // namespace xtape
