// EarlyStopping: ends a training that no longer gets better.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <xtape/optim/training/callbacks/callback.hpp>
#include <xtape/optim/training/callbacks/monitor.hpp>

namespace xtape {

/// Ends the training when `monitor` has not got better by more than `min_delta` for `patience` epochs.
/// https://keras.io/api/callbacks/early_stopping/
class EarlyStopping final : public Callback {
 public:
  struct Config {
    std::string monitor = "val_loss";
    double min_delta = 0;
    Index patience = 0;
    int verbose = 0;
    std::string mode = "auto";
    std::optional<double> baseline = {};
    bool restore_best_weights = false;
    Index start_from_epoch = 0;
  };
  /// Throws ValueError for a mode that is not known, or a negative patience.
  explicit EarlyStopping(Config config);
  EarlyStopping() : EarlyStopping(Config{}) {}

  /// The epoch, counted from 0, that was the last; absent when the training was not ended.
  std::optional<Index> stopped_epoch() const { return state_->stopped_epoch; }
  Index best_epoch() const { return state_->best_epoch; }
  double best() const { return state_->best; }

  void on_train_begin(const Model& model, const TrainingPlan& plan) const override;
  void on_epoch_end(const Model& model, Index epoch, const Logs& logs) const override;
  void on_train_end(const Model& model, const Logs& logs) const override;

 private:
  struct State {
    double best = 0;
    Index best_epoch = 0, wait = 0;
    std::optional<Index> stopped_epoch;
    Tensors best_weights;
  };
  Config config_;
  Monitor monitor_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace xtape
