// The picture: drawn by gnuplot, to which a script is sent through a pipe.
#pragma once
#include <string>
#include <vector>

#include <xtape/core/tensor.hpp>

#include "detection.hpp"
#include "series.hpp"

namespace autoencoder1d {

/// A window of the series and what the autoencoder made of it.
struct Reconstruction {
  std::string title;
  Tensor window, rebuilt;  // (length, channels)
};

/// Draws a PNG: the series with the flagged stretches, the error with the threshold, the reconstructions; of several
/// channels the first. Returns what there is to say of it: where it is, or why there is none.
std::string draw(const std::string& path, const Series& series, const Windows& windows,
    const Detection& detection, const std::vector<Reconstruction>& reconstructions);

}  // namespace autoencoder1d
