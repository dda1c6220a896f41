// Batches of samples, and how one is cut into micro-batches.
#pragma once
#include <vector>

#include <xtape/layers/model.hpp>

namespace xtape {

/// What a model is trained on: its inputs, and for each output the truths and the weights of the samples (None: all 1).
/// The first axes are equally long.
struct Samples {
  Tensors x, y, weights;

  Index count() const { return x[0].dim(0); }
  /// The shapes of the inputs, for an unknown number of samples.
  Shapes input_shapes() const;
  /// Samples [first, last), sharing memory.
  Samples rows(Index first, Index last) const;
  /// The samples with these indices, in that order, copied.
  Samples take(const std::vector<Index>& indices, Index first, Index last) const;
};

/// Throws ValueError, beginning with `owner`, unless x, y and weights have the same number of samples, and at least one.
void check_samples(const Samples& samples, std::string_view owner);

/// The parts of a batch that each get a tape of their own: part i holds the samples [starts[i], starts[i + 1]).
///
/// The activations of a part should fit in a processor core's cache, since they are read again in the backward pass; so
/// the size follows from the shapes of all that the model computes, and one constant. It does not depend on the number of threads, and
/// neither do the results. Models that mix samples are not cut, and neither are those whose weights outweigh what a part
/// holds, as every part has a gradient for each weight.
std::vector<Index> micro_batches(const Model& model, const Shapes& input_shapes, Index batch, bool training);

}  // namespace xtape
