#include <algorithm>
#include <cmath>
#include <iostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/random.hpp>
#include <xtape/optim/training/fit.hpp>
#include <xtape/optim/training/prepare.hpp>
#include <xtape/optim/training/train_step.hpp>

namespace xtape {
namespace {

/// The mean of the losses of batches, each counted by its samples.
class MeanLoss {
 public:
  void add(const BatchLoss& loss, Index samples) {
    const auto weight = static_cast<double>(samples);
    count_ += weight;
    sums_.total += loss.total * weight;
    sums_.of_outputs.resize(loss.of_outputs.size());
    for (std::size_t i = 0; i < loss.of_outputs.size(); ++i)
      sums_.of_outputs[i] += loss.of_outputs[i] * weight;
  }
  BatchLoss value() const {
    BatchLoss mean = sums_;
    mean.total = count_ > 0 ? mean.total / count_ : 0;
    for (double& loss : mean.of_outputs) loss = count_ > 0 ? loss / count_ : 0;
    return mean;
  }

 private:
  BatchLoss sums_;
  double count_ = 0;
};

/// The samples with the weights of their classes, 1 for a class that has none.
Samples with_class_weight(
    const Samples& samples, const std::map<Index, double>& class_weight, std::string_view owner) {
  if (class_weight.empty()) return samples;
  require(samples.y.size() == 1, owner, "class_weight is for models of one output (this one has ",
      samples.y.size(), ")");
  const Tensor& y = samples.y[0];
  require(!samples.weights[0], owner, "class_weight and sample_weight cannot be given at the same time");
  require(y && (y.rank() == 1 || y.rank() == 2), owner,
      "class_weight needs y of class numbers (N,) or (N, 1), or of one-hot rows (N, classes) (received ",
      describe(y), ")");
  const Tensor classes = y.rank() == 2 && y.dim(1) != 1 ? argmax(y, 1) : cast(round(y), DType::int64);
  std::vector<double> weights;
  for (const Index label : classes.values<std::int64_t>()) {
    const auto found = class_weight.find(label);
    weights.push_back(found == class_weight.end() ? 1 : found->second);
  }
  return {samples.x, samples.y, {cast(Tensor::from(weights), default_dtype())}};
}

struct Split {
  Samples train;
  std::optional<Samples> validation;
};

Split split_samples(const Model& model, const Samples& all, const FitOptions& o) {
  if (o.validation_data) {
    const ValidationData& given = *o.validation_data;
    return {all, prepare(model, given.x, given.y, given.sample_weight, "fit: validation_data")};
  }
  if (o.validation_split == 0) return {all, {}};
  require(0 < o.validation_split && o.validation_split < 1, "fit",
      "validation_split must lie in [0, 1) (received validation_split=", o.validation_split, ")");
  const auto kept =
      static_cast<Index>(std::floor(static_cast<double>(all.count()) * (1 - o.validation_split)));
  require(0 < kept && kept < all.count(), "fit", "validation_split=", o.validation_split, " of ", all.count(),
      " samples leaves none to train on or none to validate on");
  return {all.rows(0, kept), all.rows(kept, all.count())};
}

void check_options(const FitOptions& o) {
  const auto positive = [](Index value, std::string_view name) {
    require(value >= 1, "fit", name, " must be at least 1 (received ", name, "=", value, ")");
  };
  positive(o.batch_size, "batch_size");
  positive(o.validation_freq, "validation_freq");
  if (o.steps_per_epoch) positive(*o.steps_per_epoch, "steps_per_epoch");
  if (o.validation_steps) positive(*o.validation_steps, "validation_steps");
  if (o.validation_batch_size) positive(*o.validation_batch_size, "validation_batch_size");
  require(o.epochs >= 0, "fit", "epochs must be at least 0 (received epochs=", o.epochs, ")");
  require(o.initial_epoch >= 0, "fit",
      "initial_epoch must be at least 0 (received initial_epoch=", o.initial_epoch, ")");
}

Logs test_all(const Model& model, const Samples& samples, Index batch_size, std::optional<Index> steps) {
  Training& training = model.training();
  training.reset_metrics();
  MeanLoss loss;
  Index step = 0;
  for (Index first = 0; first < samples.count() && (!steps || step < *steps); first += batch_size, ++step) {
    const Samples batch = samples.rows(first, std::min(first + batch_size, samples.count()));
    loss.add(test_step(model, training, batch), batch.count());
  }
  return training.logs(loss.value());
}

/// One pass over the samples in `order`; returns the means over it.
Logs train_epoch(const Model& model, const Samples& samples, const std::vector<Index>& order, Index steps,
    const FitOptions& o, const std::vector<AnyCallback>& callbacks) {
  Training& training = model.training();
  training.reset_metrics();
  MeanLoss loss;
  Logs logs;
  for (Index step = 0; step < steps && !training.stop_training; ++step) {
    for (const AnyCallback& c : callbacks) c->on_train_batch_begin(model, step);
    const Index begin = step * o.batch_size, end = std::min(begin + o.batch_size, samples.count());
    const auto gather = [&](MicroBatch part) {
      part.first += begin, part.last += begin;
      if (!o.shuffle) return samples.part(part);
      if (part.last - part.first > 1) return samples.take(order, part.first, part.last);
      part.first = order[static_cast<std::size_t>(part.first)];  // one sample needs no copy
      part.last = part.first + 1;
      return samples.part(part);
    };
    loss.add(train_step(model, training, end - begin, gather), end - begin);
    logs = training.logs(loss.value());
    for (const AnyCallback& c : callbacks) c->on_train_batch_end(model, step, logs);
  }
  return logs;
}

}  // namespace

History Model::fit(const TensorList& x, const TensorList& y, const FitOptions& o) const {
  Training& training = this->training();
  check_options(o);
  const Samples all = prepare(*this, x, y, o.sample_weight, "fit");
  const Split split = split_samples(*this, all, o);
  const Samples train = with_class_weight(split.train, o.class_weight, "fit");
  const Index batches = (train.count() + o.batch_size - 1) / o.batch_size;
  const Index steps = std::min(batches, o.steps_per_epoch.value_or(batches));

  std::vector<AnyCallback> callbacks = o.callbacks;
  if (o.verbose.level() > 0) callbacks.insert(callbacks.begin(), ProgressBar(o.verbose));
  History history;
  training.stop_training = false;
  const RandomKey key = next_random_key();
  for (const AnyCallback& c : callbacks) c->on_train_begin(*this, {o.epochs, o.initial_epoch, steps});
  Logs logs;
  for (Index epoch = o.initial_epoch; epoch < o.epochs && !training.stop_training; ++epoch) {
    for (const AnyCallback& c : callbacks) c->on_epoch_begin(*this, epoch);
    const std::vector<Index> order =
        o.shuffle ? permutation(fold_in(key, static_cast<std::uint64_t>(epoch)), train.count())
                  : std::vector<Index>();
    logs = train_epoch(*this, train, order, steps, o, callbacks);
    if (split.validation && (epoch + 1) % o.validation_freq == 0) {
      for (const AnyCallback& c : callbacks) c->on_test_begin(*this);
      const Logs tested = test_all(
          *this, *split.validation, o.validation_batch_size.value_or(o.batch_size), o.validation_steps);
      for (const AnyCallback& c : callbacks) c->on_test_end(*this, tested);
      for (const auto& [name, value] : tested.entries()) logs.set("val_" + name, value);
    }
    for (const AnyCallback& c : callbacks) c->on_epoch_end(*this, epoch, logs);
    history.add(epoch, logs);
  }
  training.optimizer->finalize_variable_values(trainable_variables());
  for (const AnyCallback& c : callbacks) c->on_train_end(*this, logs);
  return history;
}

Logs Model::evaluate(const TensorList& x, const TensorList& y, const EvaluateOptions& o) const {
  require(o.batch_size >= 1, "evaluate", "batch_size must be at least 1 (received batch_size=", o.batch_size,
      ")");
  const Samples samples = prepare(*this, x, y, o.sample_weight, "evaluate");
  for (const AnyCallback& c : o.callbacks) c->on_test_begin(*this);
  const Logs logs = test_all(*this, samples, o.batch_size, o.steps);
  for (const AnyCallback& c : o.callbacks) c->on_test_end(*this, logs);
  if (o.verbose.level() > 0) {
    std::cout << "evaluate";
    for (const auto& [name, value] : logs.entries()) std::cout << " - " << name << ": " << value;
    std::cout << '\n';
  }
  return logs;
}

Tensors Model::predict(const Tensors& x, const PredictOptions& o) const {
  require(
      o.batch_size >= 1, "predict", "batch_size must be at least 1 (received batch_size=", o.batch_size, ")");
  check_samples({x, {}, {}}, "predict");
  return predict_all(*this, x);
}

Tensors Model::predict(const TensorsByName& x, const PredictOptions& o) const {
  return predict(inputs_of(*this, x, "predict"), o);
}

Tensor Model::predict(const Tensor& x, const PredictOptions& o) const {
  const Tensors outputs = predict(Tensors{x}, o);
  require(outputs.size() == 1, name(), "predict: the model has ", outputs.size(),
      " outputs; give a list of inputs to get them");
  return outputs[0];
}

Logs Model::train_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight,
    const std::map<Index, double>& class_weight) const {
  Training& training = this->training();
  const Samples batch = with_class_weight(
      prepare(*this, x, y, sample_weight, "train_on_batch"), class_weight, "train_on_batch");
  training.reset_metrics();
  return training.logs(
      train_step(*this, training, batch.count(), [&](const MicroBatch& part) { return batch.part(part); }));
}

Logs Model::test_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight) const {
  const Samples batch = prepare(*this, x, y, sample_weight, "test_on_batch");
  return test_all(*this, batch, batch.count(), {});
}

// The options' defaults, for those who leave them out.
History Model::fit(const TensorList& x, const TensorList& y) const { return fit(x, y, FitOptions{}); }
Logs Model::evaluate(const TensorList& x, const TensorList& y) const {
  return evaluate(x, y, EvaluateOptions{});
}
Tensors Model::predict(const TensorsByName& x) const { return predict(x, PredictOptions{}); }
Tensor Model::predict(const Tensor& x) const { return predict(x, PredictOptions{}); }
Tensors Model::predict(const Tensors& x) const { return predict(x, PredictOptions{}); }
Tensor Model::predict_on_batch(const Tensor& x) const { return predict(x); }
Tensors Model::predict_on_batch(const Tensors& x) const { return predict(x); }
Tensors Model::predict_on_batch(const TensorsByName& x) const { return predict(x); }

}  // namespace xtape
