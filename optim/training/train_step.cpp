#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/thread_pool.hpp>
#include <xtape/optim/training/train_step.hpp>

namespace xtape {
namespace {

/// What a part's loss counts in the batch's, so that the sum over the parts is the reduction over the batch.
class Shares {
 public:
  Shares(const AnyLoss& loss, Index batch, const Tensor& batch_weight)
      : loss_(loss),
        batch_(static_cast<double>(batch)),
        by_weight_(loss && loss->reduction() == Reduction::mean_with_sample_weight && batch_weight),
        total_weight_(by_weight_ ? weight_sum(batch_weight) : 0) {}

  /// Of a mean over samples.
  double of_samples(const Samples& part) const { return static_cast<double>(part.count()) / batch_; }
  /// Of the loss.
  double of_loss(const Samples& part) const {
    if (by_weight_) return total_weight_ == 0 ? 0 : weight_sum(part.weight) / total_weight_;
    const bool adds_up = loss_->reduction() == Reduction::sum || loss_->reduction() == Reduction::none;
    return adds_up ? 1 : of_samples(part);
  }

 private:
  static double weight_sum(const Tensor& weight) { return sum(cast(weight, DType::float64)).item(); }

  AnyLoss loss_;
  double batch_;
  bool by_weight_;
  double total_weight_;
};

/// The data loss and the losses that layers found, of one part, each weighted by its share of the batch.
Tensor part_loss(const AnyLoss& loss, const Samples& part, const Tensor& y_pred,
    const std::vector<Tensor>& found, const Shares& shares) {
  Tensor total;
  const auto include = [&](const Tensor& term) { total = total ? add(total, term) : term; };
  if (loss) {
    const Tensor value = (*loss)(part.y, y_pred, part.weight);
    include(multiply(value.rank() == 0 ? value : sum(value), shares.of_loss(part)));
  }
  for (const Tensor& term : found) include(multiply(term, shares.of_samples(part)));
  if (!total) throw StateError("fit: there is no loss: give one to compile, or add one in a layer");
  return total;
}

struct PartResult {
  double loss = 0;
  Samples samples;
  Tensor y_pred;
  std::vector<Tensor> gradients;
};

void add_into(std::vector<Tensor>& sums, const std::vector<Tensor>& terms) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (terms[i]) sums[i] = sums[i] ? add(sums[i], terms[i]) : terms[i];
}

}  // namespace

double train_step(const Model& model, Training& training, Index batch, const SampleSource& samples) {
  const Samples first = samples(0, 1);
  const Shape sample_shape = first.x.shape().without(0);
  if (!model.is_built()) model.build(sample_shape.with(0, None));
  const std::vector<Variable> variables = model.trainable_variables();
  require(!variables.empty(), model.name(), "fit: the model has no trainable weights");
  const std::vector<Index> starts = micro_batches(model, sample_shape, batch, true);
  const Shares shares(training.loss, batch, first.weight ? samples(0, batch).weight : Tensor());
  const std::uint64_t step = training.step++;

  std::vector<PartResult> results(starts.size() - 1);
  parallel_for(static_cast<Index>(results.size()), [&](Index i) {
    PartResult& result = results[static_cast<std::size_t>(i)];
    const Index begin = starts[static_cast<std::size_t>(i)], end = starts[static_cast<std::size_t>(i) + 1];
    result.samples = samples(begin, end);
    std::vector<Tensor> found;
    GradientTape tape;
    result.y_pred =
        model(result.samples.x, {.training = true, .step = step, .first_sample = begin, .losses = &found});
    const Tensor loss = part_loss(training.loss, result.samples, result.y_pred, found, shares);
    result.loss = loss.item();
    result.gradients = tape.gradient(loss, variables);
  });

  double loss = 0;
  std::vector<Tensor> gradients(variables.size());
  const bool has_metrics = !training.metrics.empty() || !training.weighted_metrics.empty();
  for (const PartResult& result : results) {
    loss += result.loss;
    add_into(gradients, result.gradients);
    if (has_metrics) training.update_metrics(result.samples.y, result.y_pred, result.samples.weight);
  }
  const bool penalized = std::any_of(variables.begin(), variables.end(),
      [](const Variable& v) { return static_cast<bool>(v.regularizer()); });
  if (penalized) {
    GradientTape tape;
    Tensor penalty;
    for (const Tensor& term : model.regularization_losses()) penalty = penalty ? add(penalty, term) : term;
    loss += penalty.item();
    add_into(gradients, tape.gradient(penalty, variables));
  }
  training.optimizer->apply(gradients, variables);
  return loss;
}

double test_step(const Model& model, const Training& training, const Samples& batch) {
  const std::vector<Index> starts = micro_batches(model, batch.x.shape().without(0), batch.count(), false);
  const Shares shares(training.loss, batch.count(), batch.weight);
  std::vector<PartResult> results(starts.size() - 1);
  parallel_for(static_cast<Index>(results.size()), [&](Index i) {
    PartResult& result = results[static_cast<std::size_t>(i)];
    result.samples = batch.rows(starts[static_cast<std::size_t>(i)], starts[static_cast<std::size_t>(i) + 1]);
    std::vector<Tensor> found;
    result.y_pred = model(result.samples.x, {.losses = &found});
    result.loss = part_loss(training.loss, result.samples, result.y_pred, found, shares).item();
  });
  double loss = 0;
  for (const PartResult& result : results) {
    loss += result.loss;
    training.update_metrics(result.samples.y, result.y_pred, result.samples.weight);
  }
  for (const Tensor& penalty : model.regularization_losses()) loss += penalty.item();
  return loss;
}

Tensor predict_all(const Model& model, const Tensor& x) {
  if (!model.is_built()) model.build(x.shape());
  const std::vector<Index> starts = micro_batches(model, x.shape().without(0), x.dim(0), false);
  const auto parts = static_cast<Index>(starts.size()) - 1;
  std::vector<Tensor> outputs(static_cast<std::size_t>(parts));
  parallel_for(parts, [&](Index i) {
    std::vector<Tensor> found;
    outputs[static_cast<std::size_t>(i)] =
        model(x.rows(starts[static_cast<std::size_t>(i)], starts[static_cast<std::size_t>(i) + 1]),
            {.losses = &found});
  });
  return outputs.size() == 1 ? outputs[0] : concatenate(outputs, 0);
}

}  // namespace xtape
