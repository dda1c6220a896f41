#include <iostream>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/callbacks/early_stopping.hpp>

namespace xtape {

EarlyStopping::EarlyStopping(Config config)
    : config_(std::move(config)),
      monitor_("EarlyStopping", config_.monitor, config_.mode, config_.min_delta) {
  require(config_.patience >= 0, "EarlyStopping",
      "patience must be at least 0 (received patience=", config_.patience, ")");
  require(config_.start_from_epoch >= 0, "EarlyStopping",
      "start_from_epoch must be at least 0 (received start_from_epoch=", config_.start_from_epoch, ")");
}

void EarlyStopping::on_train_begin(const Model&, const TrainingPlan&) const {
  *state_ = State{};
  state_->best = monitor_.worst();
}

void EarlyStopping::on_epoch_end(const Model& model, Index epoch, const Logs& logs) const {
  const std::optional<double> current = monitor_.value_in(logs);
  if (!current || epoch < config_.start_from_epoch) return;
  if (config_.restore_best_weights && state_->best_weights.empty()) {
    state_->best_weights = model.get_weights();
    state_->best_epoch = epoch;
  }
  ++state_->wait;
  if (monitor_.is_better(*current, state_->best)) {
    state_->best = *current;
    state_->best_epoch = epoch;
    if (config_.restore_best_weights) state_->best_weights = model.get_weights();
    if (!config_.baseline || monitor_.is_better(*current, *config_.baseline)) state_->wait = 0;
    return;
  }
  if (state_->wait >= config_.patience && epoch > 0) {
    state_->stopped_epoch = epoch;
    model.training().stop_training = true;
  }
}

void EarlyStopping::on_train_end(const Model& model, const Logs&) const {
  if (state_->stopped_epoch && config_.verbose > 0)
    std::cout << "Epoch " << *state_->stopped_epoch + 1 << ": early stopping\n";
  if (config_.restore_best_weights && !state_->best_weights.empty()) {
    if (config_.verbose > 0)
      std::cout << "Restoring model weights from the end of the best epoch: " << state_->best_epoch + 1
                << ".\n";
    model.set_weights(state_->best_weights);
  }
}

}  // namespace xtape
