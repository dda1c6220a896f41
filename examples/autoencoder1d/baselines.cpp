#include "baselines.hpp"

#include <algorithm>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>

namespace autoencoder1d {
namespace {

Tensor as_rows(const Tensor& windows) { return reshape(cast(windows, DType::float64), {windows.dim(0), -1}); }

/// The rows made orthogonal and of length 1, one after the other (Gram and Schmidt). Rows that are nothing new are left out.
Tensor orthonormal(const Tensor& rows) {
  std::vector<Tensor> basis;
  for (Index i = 0; i < rows.dim(0); ++i) {
    Tensor v = rows.rows(i, i + 1);
    const double length = norm(v).item();
    for (int pass = 0; pass < 2; ++pass)  // the second pass removes what rounding left
      for (const Tensor& u : basis) v -= sum(v * u) * u;
    if (const double rest = norm(v).item(); rest > 1e-9 * length && rest > 0) basis.push_back(v / rest);
  }
  return concatenate(basis, 0);
}

/// The eigenvectors of the largest eigenvalues, as rows, of a symmetric matrix without negative eigenvalues. Multiplying by
/// the matrix stretches each direction by its eigenvalue, so any subspace turns towards them (subspace iteration).
Tensor leading_eigenvectors(const Tensor& matrix, Index count) {
  Tensor v =
      orthonormal(random_normal({count, matrix.dim(0)}, 0, 1, {.key = RandomKey{}, .dtype = DType::float64}));
  double turned = 1;
  for (int step = 0; step < 1000 && turned > 1e-9; ++step) {
    const Tensor stretched = matmul(v, matrix);
    if (norm(stretched).item() == 0) break;  // windows that are all the same
    const Tensor next = orthonormal(stretched);
    const Tensor outside = next - matmul(matmul(next, v, {.transpose_b = true}), v);
    turned = norm(outside).item();
    v = next;
  }
  return v;
}

}  // namespace

Tensor largest_z(const Tensor& windows) { return max(abs(windows), {1, 2}); }

PrincipalComponents::PrincipalComponents(const Tensor& windows, Index components) {
  const Tensor rows = as_rows(windows);
  mean_ = mean(rows, 0, true);
  const Tensor centred = rows - mean_;
  const Tensor covariance = matmul(centred, centred, {.transpose_a = true}) / rows.dim(0);
  directions_ = leading_eigenvectors(covariance, std::min(components, rows.dim(1)));
}

Tensor PrincipalComponents::predict(const Tensor& windows) const {
  const Tensor coordinates = matmul(as_rows(windows) - mean_, directions_, {.transpose_b = true});
  return reshape(mean_ + matmul(coordinates, directions_), windows.shape());
}

}  // namespace autoencoder1d
