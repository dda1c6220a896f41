// train_step: one step of training on one batch.
//
//     cut the batch into micro-batches              (batch.hpp)
//     for each, on any thread, with its own tape:   forward, loss, gradients of the weights
//     add the gradients, in a fixed order           (pairwise_sum.hpp)
//     add the gradients of the weights' penalties
//     let the optimizer change the weights
//
// The micro-batch is the one idea that keeps activations in cache, spreads the work over threads without locks, and
// leaves the result the same, bit for bit, for any number of threads.
#pragma once
#include <functional>
#include <vector>

#include <xtape/core/tape.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/compile.hpp>

namespace xtape {

/// Where the samples of a micro-batch come from, so that they can be gathered on the thread that uses them.
using SampleSource = std::function<Samples(const MicroBatch&)>;

/// The loss of the batch (data and penalties) before the update. Updates the metrics of `training` too.
/// The samples must come from prepared ones.
BatchLoss train_step(const Model& model, Training& training, Index batch, const SampleSource& samples);

/// The same without an update, in inference.
BatchLoss test_step(const Model& model, Training& training, const Samples& batch);

/// The model's outputs for every sample, in inference: micro-batches on all threads.
Tensors predict_all(const Model& model, const Tensors& x);

/// The same as train_step, without the update, or as predict_all, for profiles: the micro-batches one after another on this
/// thread, each on a tape that measures, which `read` is shown. Weights and metrics stay what they were.
using TapeReader = std::function<void(const GradientTape& tape)>;
void measure_train_step(
    const Model& model, const Training& training, const Samples& batch, const TapeReader& read);
void measure_predict(const Model& model, const Tensors& x, const TapeReader& read);

}  // namespace xtape
