// LambdaCallback: a callback made of functions, for what is needed once.
#pragma once
#include <functional>

#include <xtape/optim/training/callbacks/callback.hpp>

namespace xtape {

/// LambdaCallback({.on_epoch_end = [](const Model&, Index epoch, const Logs& logs) { ... }}).
/// https://keras.io/api/callbacks/lambda_callback/
class LambdaCallback final : public Callback {
 public:
  struct Config {
    std::function<void(const Model&, Index, const Logs&)> on_epoch_end = {};
    std::function<void(const Model&, Index)> on_epoch_begin = {};
    std::function<void(const Model&, Index, const Logs&)> on_train_batch_end = {};
    std::function<void(const Model&)> on_train_begin = {};
    std::function<void(const Model&, const Logs&)> on_train_end = {};
  };
  explicit LambdaCallback(Config config) : f_(std::move(config)) {}

  void on_epoch_end(const Model& model, Index epoch, const Logs& logs) const override {
    if (f_.on_epoch_end) f_.on_epoch_end(model, epoch, logs);
  }
  void on_epoch_begin(const Model& model, Index epoch) const override {
    if (f_.on_epoch_begin) f_.on_epoch_begin(model, epoch);
  }
  void on_train_batch_end(const Model& model, Index batch, const Logs& logs) const override {
    if (f_.on_train_batch_end) f_.on_train_batch_end(model, batch, logs);
  }
  void on_train_begin(const Model& model, const TrainingPlan&) const override {
    if (f_.on_train_begin) f_.on_train_begin(model);
  }
  void on_train_end(const Model& model, const Logs& logs) const override {
    if (f_.on_train_end) f_.on_train_end(model, logs);
  }

 private:
  Config f_;
};

}  // namespace xtape
