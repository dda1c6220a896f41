// fit, evaluate, predict: the options of the training loop. Include this to train a model.
//
//     model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse"});
//     History history = model.fit(x, y, {.batch_size = 128, .epochs = 50, .validation_split = 0.1});
#pragma once
#include <map>
#include <optional>
#include <vector>

#include <xtape/optim/training/callbacks/callback.hpp>
#include <xtape/optim/training/callbacks/progress_bar.hpp>
#include <xtape/optim/training/compile.hpp>
#include <xtape/optim/training/history.hpp>

namespace xtape {

/// Samples to validate on after each epoch, as fit takes them.
struct ValidationData {
  TensorList x, y, sample_weight = {};
};

/// Keras's arguments of fit, in its order. https://keras.io/api/models/model_training_apis/
struct FitOptions {
  Index batch_size = 32;
  Index epochs = 1;
  Verbose verbose = "auto";
  std::vector<AnyCallback> callbacks = {};
  /// The share of the samples, taken from the end before shuffling, that is validated on and not trained on.
  double validation_split = 0;
  std::optional<ValidationData> validation_data = {};
  /// Whether the samples come in a new order each epoch.
  bool shuffle = true;
  /// For each class, what its samples count in training; y holds class numbers, or one-hot rows. Not together with
  /// sample_weight, as in Keras 3; TF 2.4 multiplies the two.
  std::map<Index, double> class_weight = {};
  /// (samples,), (samples, 1), or with steps (samples, steps): what each sample, or step, counts; one for all outputs, or
  /// one for each.
  TensorList sample_weight = {};
  Index initial_epoch = 0;
  /// Batches an epoch; absent: as many as there are.
  std::optional<Index> steps_per_epoch = {};
  std::optional<Index> validation_steps = {};
  std::optional<Index> validation_batch_size = {};
  /// Validate after every so many epochs.
  Index validation_freq = 1;
};

struct EvaluateOptions {
  Index batch_size = 32;
  Verbose verbose = 0;
  TensorList sample_weight = {};
  std::optional<Index> steps = {};
  std::vector<AnyCallback> callbacks = {};
};

struct PredictOptions {
  /// Has no effect on the result; the work is cut by what fits in cache.
  Index batch_size = 32;
};

}  // namespace xtape
