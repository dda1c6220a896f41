// ProgressBar: what fit prints while it runs.
#pragma once
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <xtape/optim/training/callbacks/callback.hpp>

namespace xtape {

/// How much fit prints: 0 nothing, 1 a bar that moves, 2 one line an epoch; "auto" is 1 on a terminal and 2 elsewhere.
class Verbose {
 public:
  /// Throws ValueError for anything else.
  Verbose(int level);
  Verbose(const char* level);
  int level() const { return level_; }

 private:
  int level_;
};

/// Like Keras's: "Epoch 1/50", then "94/94 ━━━━━━━━━━━━━━━━━━━━ 1s 3ms/step - loss: 0.4951 - val_loss: 0.0614".
class ProgressBar final : public Callback {
 public:
  /// `out` must outlive the bar.
  explicit ProgressBar(Verbose verbose = "auto", std::ostream& out = std::cout)
      : level_(verbose.level()), out_(&out) {}

  void on_train_begin(const Model& model, const TrainingPlan& plan) const override;
  void on_epoch_begin(const Model& model, Index epoch) const override;
  void on_train_batch_end(const Model& model, Index batch, const Logs& logs) const override;
  void on_epoch_end(const Model& model, Index epoch, const Logs& logs) const override;

 private:
  using Clock = std::chrono::steady_clock;
  struct State {
    TrainingPlan plan;
    Index epoch = 0, done = 0;
    Clock::time_point begin, drawn;
  };
  void draw(const Logs& logs, bool last) const;

  int level_;
  std::ostream* out_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// "45us", "3ms", "12s", "1:05": a duration as Keras writes it.
std::string format_seconds(double seconds);

}  // namespace xtape
