// compile: what a model is trained with.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <xtape/layers/model.hpp>
#include <xtape/optim/losses/loss.hpp>
#include <xtape/optim/metrics/metric.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>
#include <xtape/optim/training/history.hpp>
#include <xtape/optim/training/per_output.hpp>

namespace xtape {

/// A metric, or several.
using Metrics = OneOrMore<AnyMetric>;
using MetricsByOutput = std::map<std::string, Metrics>;

/// model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse", .metrics = {"mae"}})
///
/// For a model of several outputs, loss, loss_weights and metrics say something of each, in the outputs' order or by the
/// names of the layers that give them: .metrics = {{"mae", "mse"}, {"mae"}}, or MetricsByOutput{{"label", {"mae"}}}.
/// https://keras.io/api/models/model_training_apis/
struct CompileOptions {
  AnyOptimizer optimizer = "rmsprop";
  /// May be absent, for all outputs or for some, when there are others or the layers add losses of their own (add_loss).
  PerOutput<AnyLoss> loss = {};
  /// What each output's loss counts in the sum that is made smaller; 1 when absent.
  PerOutput<double> loss_weights = {};
  PerOutput<Metrics> metrics = {};
  /// Metrics that take sample weights into account.
  PerOutput<Metrics> weighted_metrics = {};
};

/// The loss of a batch: what is made smaller, and each output's own, unweighted.
struct BatchLoss {
  double total = 0;
  std::vector<double> of_outputs;
};

/// What compile makes and a training changes.
class Training {
 public:
  Training(AnyOptimizer its_optimizer, CompileOptions its_options)
      : optimizer(std::move(its_optimizer)), options(std::move(its_options)) {}

  /// What is asked of one output.
  struct Output {
    std::string name;  ///< goes before the names of its numbers; empty for the only output
    AnyLoss loss = {};
    double weight = 1;
    std::vector<AnyMetric> metrics = {}, weighted_metrics = {};
  };

  AnyOptimizer optimizer;
  CompileOptions options;
  /// Settled by `build`.
  std::vector<Output> outputs = {};
  /// Batches trained on so far: random layers draw from it.
  std::uint64_t step = 0;
  /// Set by callbacks to end fit after the batch.
  bool stop_training = false;

  /// Settles what is asked of which output, for outputs of these names, or of unknown ones.
  /// Throws ValueError when the options do not say so.
  void build(std::vector<std::string> names, std::size_t count);
  bool has_metrics() const;
  void reset_metrics();
  void update_metrics(const Tensors& y_true, const Tensors& y_pred, const Tensors& sample_weights,
      const Tensors& masks) const;
  /// Takes a number into account that a layer told of some samples (add_metric).
  void tell(const std::string& name, double value, Index samples);
  /// loss, then each metric, then what layers told, then, of several outputs, each output's loss. Of metrics that are called
  /// alike the second is "name_1" and so on, and a weighted one "weighted_name"; of several numbers each has its place,
  /// "name[0]".
  Logs logs(const BatchLoss& loss) const;

 private:
  struct Told {
    std::string name;
    double sum = 0, samples = 0;
  };
  std::vector<Told> told_ = {};
};

}  // namespace xtape
