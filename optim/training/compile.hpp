// compile: what a model is trained with.
#pragma once
#include <cstdint>
#include <vector>

#include <xtape/layers/model.hpp>
#include <xtape/optim/losses/loss.hpp>
#include <xtape/optim/metrics/metric.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>
#include <xtape/optim/training/history.hpp>

namespace xtape {

/// model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse", .metrics = {"mae"}})
/// https://keras.io/api/models/model_training_apis/
struct CompileOptions {
  AnyOptimizer optimizer = "rmsprop";
  /// May be absent when the layers add losses of their own (add_loss).
  AnyLoss loss = {};
  std::vector<AnyMetric> metrics = {};
  /// Metrics that take sample weights into account.
  std::vector<AnyMetric> weighted_metrics = {};
};

/// What compile makes and a training changes.
struct Training {
  AnyOptimizer optimizer;
  AnyLoss loss;
  std::vector<AnyMetric> metrics, weighted_metrics;
  /// Batches trained on so far: random layers draw from it.
  std::uint64_t step = 0;
  /// Set by callbacks to end fit after the batch.
  bool stop_training = false;

  void reset_metrics() const;
  void update_metrics(
      const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const;
  /// loss, then each metric. Of metrics that are called alike the second is "name_1" and so on, and a weighted one
  /// "weighted_name"; of several numbers each has its place, "name[0]".
  Logs logs(double loss_value) const;
};

}  // namespace xtape
