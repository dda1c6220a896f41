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

/// A part of the batch, and what its forward pass gave. The loss of the batch is the sum of the parts' totals over the sum of
/// their counts (see Loss::Quotient), and the sum of what was added.
struct Part {
  Tensor y, weight, y_pred, mask;
  Loss::Quotient data;
  Tensor added;  ///< the losses that layers found, as a share of the batch's mean; None when there are none
  std::vector<Tensor> gradients,
      added_gradients;  ///< of total, and of what was added and is not in these yet
};
using Parts = std::vector<Part>;

Part forward(
    const Model& model, const Training& training, const Samples& samples, CallOptions options, Index batch) {
  std::vector<Tensor> found;
  Tensors masks;
  options.losses = &found;
  options.output_masks = &masks;
  Part part;
  part.y = samples.y;
  part.weight = samples.weight;
  part.y_pred = model(samples.x, options);
  if (!masks.empty()) part.mask = masks[0];
  if (training.loss)
    part.data = training.loss->quotient(samples.y, part.y_pred, samples.weight, part.mask);
  else if (found.empty())
    throw StateError("fit: there is no loss: give one to compile, or add one in a layer");
  const double share = static_cast<double>(samples.count()) / static_cast<double>(batch);
  for (const Tensor& loss : found) {
    const Tensor term = multiply(loss, share);
    part.added = part.added ? add(part.added, term) : term;
  }
  return part;
}

/// Calls part = f(first, last) for the samples between any two starts, on all threads.
template <class F>
Parts for_parts(const std::vector<Index>& starts, F f) {
  Parts parts(starts.size() - 1);
  parallel_for(static_cast<Index>(parts.size()), [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    parts[k] = f(starts[k], starts[k + 1]);
  });
  return parts;
}

std::vector<Index> cut(
    const Model& model, const Training& training, const Shape& sample_shape, Index batch, bool in_training) {
  if (training.loss && training.loss->mixes_samples()) return {0, batch};
  return micro_batches(model, sample_shape, batch, in_training);
}

/// What the sum of the totals is divided by; 1 also where nothing counts, for then the totals are 0.
double divisor(std::optional<double> count) { return count.value_or(1) == 0 ? 1 : count.value_or(1); }

double divisor(const Parts& parts) {
  std::optional<double> count;
  for (const Part& part : parts)
    if (part.data.count) count = count.value_or(0) + *part.data.count;
  return divisor(count);
}

double loss_of(const Parts& parts) {
  double total = 0, added = 0;
  for (const Part& part : parts) {
    if (part.data.total) total += part.data.total.item();
    if (part.added) added += part.added.item();
  }
  return total / divisor(parts) + added;
}

/// Metrics see the batch as a whole, as in Keras.
void update_metrics(const Training& training, const Parts& parts) {
  if (training.metrics.empty() && training.weighted_metrics.empty()) return;
  const auto whole = [&](Tensor Part::*member) {
    if (parts.size() == 1 || !(parts[0].*member)) return parts[0].*member;
    std::vector<Tensor> tensors;
    for (const Part& part : parts) tensors.push_back(part.*member);
    return concatenate(tensors, 0);
  };
  training.update_metrics(whole(&Part::y), whole(&Part::y_pred), whole(&Part::weight), whole(&Part::mask));
}

double weight_sum(const Tensor& weight) { return sum(cast(weight, DType::float64)).item(); }

void add_into(std::vector<Tensor>& sums, const std::vector<Tensor>& terms) {
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (terms[i]) sums[i] = sums[i] ? add(sums[i], terms[i]) : terms[i];
}

}  // namespace

double train_step(const Model& model, Training& training, Index batch, const SampleSource& samples) {
  const Samples first = samples(0, 1);
  const Shape sample_shape = first.x.shape().without(0);
  if (!model.is_built()) model.build(sample_shape.with(0, None));
  const std::vector<Variable> variables = model.trainable_variables();
  require(!variables.empty(), model.name(), "fit: the model has no trainable weights");
  const bool by_weight =
      training.loss && training.loss->reduction() == Reduction::mean_with_sample_weight && first.weight;
  const double batch_weight = by_weight ? weight_sum(samples(0, batch).weight) : 0;
  const std::uint64_t step = training.step++;

  // The totals are differentiated, and their gradients are divided at the end, when all counts are known.
  const auto differentiate = [&](Index begin, Index end) {
    GradientTape tape;
    Part part = forward(
        model, training, samples(begin, end), {.training = true, .step = step, .first_sample = begin}, batch);
    const Tensor& total = part.data.total;
    if (!part.added) {
      part.gradients = tape.gradient(total, variables);
    } else if (!part.data.masked) {  // the count of the batch follows from the part's
      const double of_batch = static_cast<double>(batch) / static_cast<double>(end - begin);
      const double count =
          by_weight ? divisor(batch_weight) : divisor(part.data.count) * (part.data.count ? of_batch : 1);
      const Tensor added = multiply(part.added, count);
      part.gradients = tape.gradient(total ? add(total, added) : added, variables);
    } else {
      for (const Tensor& both : tape.jacobian(stack({total, part.added}), variables)) {
        part.gradients.push_back(both ? both.rows(0, 1).view_as(both.shape().without(0)) : both);
        part.added_gradients.push_back(both ? both.rows(1, 2).view_as(both.shape().without(0)) : both);
      }
    }
    return part;
  };
  const Parts parts = for_parts(cut(model, training, sample_shape, batch, true), differentiate);

  double loss = loss_of(parts);
  const double divided_by = divisor(parts);
  std::vector<Tensor> gradients(variables.size());
  for (const Part& part : parts) add_into(gradients, part.gradients);
  for (Tensor& gradient : gradients)
    if (gradient && divided_by != 1) gradient = divide(gradient, divided_by);
  for (const Part& part : parts) add_into(gradients, part.added_gradients);
  update_metrics(training, parts);
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
  const Shape sample_shape = batch.x.shape().without(0);
  const Parts parts =
      for_parts(cut(model, training, sample_shape, batch.count(), false), [&](Index begin, Index end) {
        return forward(model, training, batch.rows(begin, end), {}, batch.count());
      });
  update_metrics(training, parts);
  double loss = loss_of(parts);
  for (const Tensor& penalty : model.regularization_losses()) loss += penalty.item();
  return loss;
}

Tensor predict_all(const Model& model, const Tensor& x) {
  if (!model.is_built()) model.build(x.shape());
  const std::vector<Index> starts = micro_batches(model, x.shape().without(0), x.dim(0), false);
  const Parts parts = for_parts(starts, [&](Index begin, Index end) {
    std::vector<Tensor> found;
    Part part;
    part.y_pred = model(x.rows(begin, end), {.losses = &found});
    return part;
  });
  std::vector<Tensor> outputs;
  for (const Part& part : parts) outputs.push_back(part.y_pred);
  return outputs.size() == 1 ? outputs[0] : concatenate(outputs, 0);
}

}  // namespace xtape
