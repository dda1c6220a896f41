// Series: what is trained on and scored, and how it is read from files.
#pragma once
#include <string>
#include <vector>

#include <xtape/core/tensor.hpp>

#include "table.hpp"

namespace autoencoder1d {

/// Values at equal distances in time.
struct Series {
  std::string path;
  Tensor values;                        // (steps, channels), float64, finite
  std::vector<std::string> timestamps;  // one a step, or none
  double steps_per_second = 0;          // 0 where that is not known

  Index steps() const { return values.dim(0); }
  /// When a step is: its timestamp, or the second, or its number.
  std::string time(Index step) const;
};

/// A first column of text, or one that its header calls a time, gives the timestamps; every other column is a channel.
/// Throws ValueError for text and NaN where numbers should be.
Series read_csv(const std::string& path);

/// An array (steps,) or (steps, channels) that NumPy saved. Throws ValueError for any other shape, and for NaN.
Series read_npy(const std::string& path);

/// The electrocardiogram in millivolts: examples/data/README.md.
Series read_electrocardiogram(const std::string& folder);

}  // namespace autoencoder1d
