// Callback: what is told of a training's progress, and may change its course.
//
// A Callback object is a handle: a copy is the same callback with the same state.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include <xtape/core/any.hpp>
#include <xtape/layers/model.hpp>
#include <xtape/optim/training/compile.hpp>
#include <xtape/optim/training/history.hpp>

namespace xtape {

/// What a training looks like from outside.
struct TrainingPlan {
  Index epochs = 0;
  Index initial_epoch = 0;
  Index steps = 0;  ///< batches an epoch
};

/// Every method does nothing by itself. Set model.training().stop_training to end the training after the batch.
/// https://keras.io/api/callbacks/base_callback/
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin(const Model&, const TrainingPlan&) const {}
  virtual void on_train_end(const Model&, const Logs&) const {}
  /// Epochs count from 0. Logs hold loss, metrics and, where there is validation, val_loss, ...
  virtual void on_epoch_begin(const Model&, Index /*epoch*/) const {}
  virtual void on_epoch_end(const Model&, Index /*epoch*/, const Logs&) const {}
  /// Batches count from 0 in each epoch. Logs hold the means over the epoch so far.
  virtual void on_train_batch_begin(const Model&, Index /*batch*/) const {}
  virtual void on_train_batch_end(const Model&, Index /*batch*/, const Logs&) const {}
  virtual void on_test_begin(const Model&) const {}
  virtual void on_test_end(const Model&, const Logs&) const {}

 protected:
  Callback() = default;
  Callback(const Callback&) = default;
  Callback(Callback&&) = default;
  Callback& operator=(const Callback&) = default;
  Callback& operator=(Callback&&) = default;
};

using AnyCallback = Any<Callback>;

}  // namespace xtape
