// TerminateOnNaN: ends a training whose loss is no number any more.
#pragma once
#include <xtape/optim/training/callbacks/callback.hpp>

namespace xtape {

/// Ends the training after a batch whose loss is NaN or infinite, and says so. https://keras.io/api/callbacks/terminate_on_nan/
class TerminateOnNaN final : public Callback {
 public:
  void on_train_batch_end(const Model& model, Index batch, const Logs& logs) const override;
};

}  // namespace xtape
