// Batches of samples, and how one is cut into micro-batches.
#pragma once
#include <optional>
#include <vector>

#include <xtape/layers/model.hpp>

namespace xtape {

/// A part of a batch that gets a tape of its own.
struct MicroBatch {
  /// Samples [first, last).
  Index first, last;

  /// Of one sample that is too long to be computed in one piece: steps [first, last) of the inputs, for steps
  /// [first_output, last_output) of the outputs, which follow from no others.
  struct Window {
    Index first, last;
    Index first_output, last_output;
    /// Steps that the model gives before these, at the window's begin, where they lack their neighbours.
    Index skipped;
    /// Steps of the output of the whole sample.
    Index outputs;
  };
  std::optional<Window> window = {};
};

/// What a model is trained on: its inputs, and for each output the truths and the weights of the samples (None: all 1).
/// The first axes are equally long.
struct Samples {
  Tensors x, y, weights;

  Index count() const { return x[0].dim(0); }
  /// The shapes of the inputs, for an unknown number of samples.
  Shapes input_shapes() const;
  /// Samples [first, last), sharing memory.
  Samples rows(Index first, Index last) const;
  /// Those of a micro-batch, sharing memory: of a window, its steps of the inputs and the outputs.
  Samples part(const MicroBatch& part) const;
  /// The samples with these indices, in that order, copied.
  Samples take(const std::vector<Index>& indices, Index first, Index last) const;
};

/// Throws ValueError, beginning with `owner`, unless x, y and weights have the same number of samples, and at least one.
void check_samples(const Samples& samples, std::string_view owner);

/// The micro-batches that a batch is cut into, in the order of their samples and steps.
///
/// The activations of a part should fit in a processor core's cache, since they are read again in the backward pass; so
/// the size follows from the shapes of all that the model computes, and one constant. It does not depend on the number of threads, and
/// neither do the results. Models that mix samples are not cut, and neither are those whose weights outweigh what a part
/// holds, as every part has a gradient for each weight.
///
/// Single samples that are too large are cut along their steps, if `windows` says that the caller can take it, where the
/// model's reach is known and short (layers/reach.hpp). Windows overlap by it.
std::vector<MicroBatch> micro_batches(
    const Model& model, const Shapes& input_shapes, Index batch, bool training, bool windows);

}  // namespace xtape
