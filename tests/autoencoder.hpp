// The autoencoder of the examples.
#pragma once
#include <vector>

#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>

namespace xtape::testing {

/// The autoencoder of the Keras page "Timeseries anomaly detection using an Autoencoder".
inline Sequential autoencoder(Index steps = 288) {
  return Sequential({
      Input({.shape = {steps, 1}}),
      Conv1D({.filters = 32, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Dropout({.rate = 0.2}),
      Conv1D({.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Dropout({.rate = 0.2}),
      Conv1DTranspose(
          {.filters = 32, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose({.filters = 1, .kernel_size = 7, .padding = "same"}),
  });
}

/// Every element of every weight.
inline std::vector<double> all_weights(const Model& model) {
  std::vector<double> out;
  for (const Tensor& w : model.get_weights())
    for (const double v : w.to_vector()) out.push_back(v);
  return out;
}

}  // namespace xtape::testing
