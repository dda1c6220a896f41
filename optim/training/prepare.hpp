// prepare: from what fit, evaluate and their like are given to samples with one entry for each input and output.
#pragma once
#include <string_view>

#include <xtape/optim/training/batch.hpp>

namespace xtape {

/// One tensor for each input of the model. Throws ValueError, beginning with `owner`, for data by names that do not fit.
Tensors inputs_of(const Model& model, const TensorList& x, std::string_view owner);

/// Builds the model for such samples, if it is not built, settles what compile asks of which output, and gives the samples
/// with one y and one weight for each output. Throws ValueError, beginning with `owner`, when they do not fit together.
Samples prepare(const Model& model, const TensorList& x, const TensorList& y, const TensorList& sample_weight,
    std::string_view owner);

}  // namespace xtape
