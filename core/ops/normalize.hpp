// Normalization: what BatchNormalization, LayerNormalization and their kin compute.
#pragma once
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// Mean and variance of a tensor over some axes, which stay with length 1.
struct Moments {
  Tensor mean, variance;
};

struct NormalizeOptions {
  /// Over which mean and variance are taken.
  Axes axes = -1;
  /// Added to the variance.
  double epsilon = 1e-3;
  /// Multiplied with and added to the result; of a shape that broadcasts to that of x, or None.
  Tensor scale = {}, offset = {};
  /// False: the mean is taken to be 0, so that x is divided by its root mean square.
  bool centered = true;
};

/// y = z scale + offset,    z = (x - mean(x)) / sqrt(variance(x) + epsilon)
///
/// The variance is that of the numbers at hand, mean((x - mean)^2). `moments` is told the mean and the variance that were
/// found, as constants. Integers are taken as real numbers of the default dtype.
/// Throws ValueError for an axis that is not there or is given twice, and for shapes that do not broadcast to that of x.
Tensor normalize(const Tensor& x, const NormalizeOptions& options = {}, Moments* moments = nullptr);

}  // namespace xtape
