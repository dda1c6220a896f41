#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/dot.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {
namespace {

/// x with its vectors along an axis divided by their lengths, which count as at least 1e-7.
Tensor normalized(const Tensor& x, Index axis) {
  return multiply(x, rsqrt(maximum(sum(square(x), axis, true), 1e-14)));
}

}  // namespace

Dot::Dot(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  const auto& axes = config_.axes.numbers();
  require(axes.size() == 1 || axes.size() == 2, class_name,
      "axes must be an integer or two integers (received axes=", to_json_value(config_.axes).dump(), ")");
}

Json Dot::get_config() const { return layer_config(*this, config_); }

Index Dot::axis_of(std::size_t i, const Shape& input_shape) const {
  const auto& axes = config_.axes.numbers();
  const Index axis = normalize_axis(axes[axes.size() == 1 ? 0 : i], input_shape.rank(), name());
  require(axis > 0, name(),
      "axes must not name the batch axis (received axes=", to_json_value(config_.axes).dump(), ", shape ",
      input_shape, ")");
  return axis;
}

Shapes Dot::output_shapes(const Shapes& input_shapes) const {
  require(input_shapes.size() == 2, name(), "takes two inputs (received ", input_shapes.size(), ")");
  const Shape &a = input_shapes[0], &b = input_shapes[1];
  require(a.rank() >= 2 && b.rank() >= 2, name(), "the inputs must have at least 2 axes (received shapes ", a,
      " and ", b, ")");
  const Index axis_a = axis_of(0, a), axis_b = axis_of(1, b);
  require(Shape({a[0], a[axis_a]}).matches({b[0], b[axis_b]}), name(),
      "the inputs must agree in the batch size and along axes (received shapes ", a, " and ", b,
      ", axes=", to_json_value(config_.axes).dump(), ")");
  Shape out = a.without(axis_a);
  for (const Index length : b.without(axis_b).without(0)) out.push_back(length);
  if (out.rank() == 1) out.push_back(1);
  return {out};
}

Tensors Dot::call_many(const Tensors& inputs, const CallOptions&) const {
  Tensor a = inputs[0], b = inputs[1];
  const Shape out = output_shapes({a.shape(), b.shape()})[0];
  const Index axis_a = axis_of(0, a.shape()), axis_b = axis_of(1, b.shape());
  if (config_.normalize) a = normalized(a, axis_a), b = normalized(b, axis_b);
  a = moveaxis(a, axis_a, -1);
  b = moveaxis(b, axis_b, 1);
  // All axes of `a` before the last are rows of one matrix a sample, all of `b` behind the first are columns.
  const Index samples = a.dim(0), length = a.dim(-1);
  const Index rows = a.shape().without(0).without(a.rank() - 2).size();
  const Index columns = b.shape().without(0).without(0).size();
  const Tensor product = matmul(reshape(a, {samples, rows, length}), reshape(b, {samples, length, columns}));
  return {reshape(product, out)};
}

}  // namespace xtape
