#include <algorithm>

#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/initializers/orthogonal.hpp>
#include <xtape/layers/initializers/random.hpp>

namespace xtape::initializers {
namespace {

/// Gram and Schmidt's rows: row i of a, less its parts along the rows before it, with length 1. That is the Q of a QR
/// decomposition whose R has a positive diagonal, which makes it unique. Halves are taken at a time, so that most of the
/// work is products of matrices.
Tensor orthonormal_rows(const Tensor& a) {
  const Index count = a.dim(0);
  if (count <= 1) return a / norm(a, 2, 1, true);
  const Tensor first = orthonormal_rows(a.rows(0, count / 2));
  const Tensor rest = a.rows(count / 2, count);
  const Tensor along_first = matmul(matmul(rest, first, {.transpose_b = true}), first);
  return concatenate({first, orthonormal_rows(rest - along_first)}, 0);
}

}  // namespace

Orthogonal::Orthogonal(Config config) : config_(config), key_(config.seed) {}

Tensor Orthogonal::operator()(const Shape& shape, DType dtype) const {
  require(shape.rank() >= 2, class_name, "shape must have at least 2 axes (received shape=", shape, ")");
  if (!is_floating(dtype)) throw_not_floating(dtype, class_name);
  if (shape.size() == 0) return zeros(shape, dtype);

  const Index columns = shape.back(), rows = shape.size() / columns;
  const Tensor drawn = random_normal(
      {std::min(rows, columns), std::max(rows, columns)}, 0, 1, {.key = key_, .dtype = DType::float64});
  // Rounding leaves a trace of each row in those after it, the larger the more the rows agreed. The second time they
  // hardly do.
  const Tensor q = orthonormal_rows(orthonormal_rows(drawn));
  return cast(reshape((rows < columns ? q : transpose(q)) * config_.gain, shape), dtype);
}

void Orthogonal::get_config(Json& out) const { out = config_to_json(config_); }

}  // namespace xtape::initializers
