// What one can do without a neural network, to see what the network is worth.
#pragma once
#include <xtape/core/tensor.hpp>

namespace autoencoder1d {

using namespace xtape;

/// The largest |value| of each window of standardized values, (windows, length, channels) to (windows,).
Tensor largest_z(const Tensor& windows);

/// Principal component analysis: rebuilds a window as the mean window plus its projection on the directions in which the
/// training windows vary most. It is the best linear autoencoder.
///
///     y = m + (x - m) V^T V        x, m, y  windows as rows of length * channels numbers    V  (components, row), orthonormal
class PrincipalComponents {
 public:
  /// The components are those of the covariance matrix' largest eigenvalues; fewer, when the windows have fewer.
  PrincipalComponents(const Tensor& windows, Index components);

  /// The windows as they are rebuilt, in float64.
  Tensor predict(const Tensor& windows) const;

 private:
  Tensor mean_, directions_;
};

}  // namespace autoencoder1d
