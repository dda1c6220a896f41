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

double total(const Tensor& t) { return sum(cast(t, DType::float64)).item(); }

/// What a part's loss counts in the batch's, so that the sum over the parts is the reduction over the batch.
class Shares {
 public:
  Shares(const AnyLoss& loss, Index batch, const Tensor& batch_weight)
      : loss_(loss),
        batch_(static_cast<double>(batch)),
        by_weight_(loss && loss->reduction() == Reduction::mean_with_sample_weight && batch_weight),
        total_weight_(by_weight_ ? total(batch_weight) : 0) {}

  /// Of a mean over samples.
  double of_samples(const Samples& part) const { return static_cast<double>(part.count()) / batch_; }
  /// Of the loss without a mask.
  double of_loss(const Samples& part) const {
    if (by_weight_) return total_weight_ == 0 ? 0 : total(part.weight) / total_weight_;
    return adds_up() ? 1 : of_samples(part);
  }
  /// Of a mean over what a mask leaves: how much that is. What it is of the batch is known when all parts have been run.
  double of_masked_loss(const Samples& part, const Tensor& mask) const {
    return total(by_weight_ ? masked_weight(part.weight, mask, DType::float64) : mask);
  }
  /// Whether the loss is no mean, so that those of the parts are added as they are.
  bool adds_up() const {
    return loss_->reduction() == Reduction::sum || loss_->reduction() == Reduction::none;
  }

 private:
  AnyLoss loss_;
  double batch_;
  bool by_weight_;
  double total_weight_;
};

/// The loss of one part: what its share of the batch is known of, and a mean under a mask times what the mask leaves.
struct PartLoss {
  Tensor known, masked;
  double left = 0;
};

/// From the loss and the losses that layers found.
PartLoss part_loss(const AnyLoss& loss, const Samples& part, const Tensor& y_pred, const Tensor& mask,
    const std::vector<Tensor>& found, const Shares& shares) {
  PartLoss out;
  const auto include = [&](const Tensor& term) { out.known = out.known ? add(out.known, term) : term; };
  if (loss) {
    const Tensor values = (*loss)(part.y, y_pred, part.weight, mask);
    const Tensor value = values.rank() == 0 ? values : sum(values);
    if (mask && !shares.adds_up()) {
      out.left = shares.of_masked_loss(part, mask);
      out.masked = multiply(value, out.left);
    } else {
      include(multiply(value, shares.of_loss(part)));
    }
  }
  for (const Tensor& term : found) include(multiply(term, shares.of_samples(part)));
  if (!out.known && !out.masked)
    throw StateError("fit: there is no loss: give one to compile, or add one in a layer");
  return out;
}

struct PartResult {
  double loss = 0, masked_loss = 0, left = 0;
  Samples samples;
  Tensor y_pred, mask;
  std::vector<Tensor> gradients, masked_gradients;

  /// The model's output and its loss, with the options of the call.
  PartLoss run(const Model& model, const Training& training, const Shares& shares, CallOptions options) {
    std::vector<Tensor> found;
    Tensors masks;
    options.losses = &found;
    options.output_masks = &masks;
    y_pred = model(samples.x, options);
    mask = masks.empty() ? Tensor() : masks[0];
    PartLoss out = part_loss(training.loss, samples, y_pred, mask, found, shares);
    loss = out.known ? out.known.item() : 0;
    masked_loss = out.masked ? out.masked.item() : 0;
    left = out.left;
    return out;
  }
};

/// The loss of all parts, the means under masks taken over what is left in all of them.
double sum_losses(const std::vector<PartResult>& results) {
  double known = 0, masked = 0, left = 0;
  for (const PartResult& r : results) known += r.loss, masked += r.masked_loss, left += r.left;
  return known + (left == 0 ? 0 : masked / left);
}

void add_into(std::vector<Tensor>& sums, const std::vector<Tensor>& terms) {
  if (sums.empty()) sums.resize(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (terms[i]) sums[i] = sums[i] ? add(sums[i], terms[i]) : terms[i];
}

/// The same for gradients.
std::vector<Tensor> sum_gradients(const std::vector<PartResult>& results) {
  std::vector<Tensor> known, masked;
  double left = 0;
  for (const PartResult& r : results) {
    add_into(known, r.gradients);
    add_into(masked, r.masked_gradients);
    left += r.left;
  }
  for (Tensor& g : masked)
    if (g) g = multiply(g, left == 0 ? 0 : 1 / left);
  add_into(known, masked);
  return known;
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
    GradientTape tape;
    const PartLoss loss =
        result.run(model, training, shares, {.training = true, .step = step, .first_sample = begin});
    if (!loss.masked) {
      result.gradients = tape.gradient(loss.known, variables);
    } else if (!loss.known) {
      result.masked_gradients = tape.gradient(loss.masked, variables);
    } else {  // both on their own, as they are weighed apart
      for (const Tensor& both : tape.jacobian(stack({loss.known, loss.masked}), variables)) {
        result.gradients.push_back(both ? both.rows(0, 1).view_as(both.shape().without(0)) : both);
        result.masked_gradients.push_back(both ? both.rows(1, 2).view_as(both.shape().without(0)) : both);
      }
    }
  });

  double loss = sum_losses(results);
  std::vector<Tensor> gradients = sum_gradients(results);
  const bool has_metrics = !training.metrics.empty() || !training.weighted_metrics.empty();
  for (const PartResult& result : results)
    if (has_metrics)
      training.update_metrics(result.samples.y, result.y_pred, result.samples.weight, result.mask);
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
    result.run(model, training, shares, {});
  });
  double loss = sum_losses(results);
  for (const PartResult& result : results)
    training.update_metrics(result.samples.y, result.y_pred, result.samples.weight, result.mask);
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
