// From a series to what a model is fed: standardized values, cut into windows.
#pragma once
#include "series.hpp"

namespace autoencoder1d {

/// y[t] = x[t] - the mean of the `width` steps around t, the ends repeated: removes what changes slowly. x: (steps, channels).
Tensor without_baseline(const Tensor& x, Index width);

/// Each `factor` steps become their mean.
Series averaged(const Series& series, Index factor);

/// z = (x - mean) / deviation, each channel by its own.
struct Standardization {
  Tensor mean, deviation;  // (1, channels)

  /// Of the values (steps, channels); the deviation is that of a sample, sum((x - mean)^2) / (n - 1).
  /// Throws ValueError, with the series' path, for a channel that does not change.
  static Standardization of(const Tensor& values, const std::string& path);
  /// Throws ValueError for another number of channels, and for values too far away to count with.
  Series operator()(const Series& series) const;
};

/// Window i holds the steps i * stride up to i * stride + length: (windows, length, channels), in the default dtype.
/// Throws ValueError that begins with `path` for fewer than `at_least` windows.
Tensor windows_of(const Tensor& values, Index length, Index stride, Index at_least, const std::string& path);

}  // namespace autoencoder1d
