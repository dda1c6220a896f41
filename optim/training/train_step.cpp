#include <algorithm>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/thread_pool.hpp>
#include <xtape/optim/training/pairwise_sum.hpp>
#include <xtape/optim/training/train_step.hpp>

namespace xtape {
namespace {

/// What the forward pass of a micro-batch gave.
///
/// The loss of an output over the batch is the sum of the parts' totals over the sum of their counts (Loss::Quotient). The
/// latter is known beforehand, and the total is divided at once, unless it depends on masks or weights: then the quotient is
/// open, and the gradients of its totals are divided when all parts are done.
struct Part {
  Index count = 0;      ///< of samples
  double of_batch = 1;  ///< how often it goes into the batch, in the values that a loss is a mean over
  Samples samples;
  Tensors y_pred, masks;             ///< one for each output
  std::vector<Loss::Quotient> data;  ///< of each output
  Tensor added;                      ///< the losses that layers found, as a share of the batch's mean
  std::vector<std::pair<std::string, double>> told;  ///< what layers told of themselves
};
using Parts = std::vector<Part>;

/// The model's outputs for a micro-batch; of a window, for the steps that it answers for.
Tensors outputs_of(const Model& model, const MicroBatch& part, const Tensors& x, CallOptions options) {
  if (!part.window) return model(x, options);
  const MicroBatch::Window& w = *part.window;
  options.first_step = w.first;
  const Tensor y = model(x, options)[0];
  const Index end = w.skipped + w.last_output - w.first_output;
  if (y.dim(1) < end)
    throw StateError(concat(model.name(), ": a window of ", x[0].dim(1), " steps gave ", y.dim(1),
        " steps where there should be ", end, " or more: does a layer see further than its reach says?"));
  return {slice(y, 1, w.skipped, end)};
}

Part forward(const Model& model, const Training& training, const MicroBatch& micro_batch, Samples samples,
    CallOptions options, Index batch) {
  std::vector<Tensor> found;
  std::vector<std::pair<std::string, Tensor>> told;
  Part part;
  options.losses = &found;
  options.metrics = &told;
  options.output_masks = &part.masks;
  part.count = micro_batch.last - micro_batch.first;
  part.of_batch = static_cast<double>(batch) / static_cast<double>(part.count);
  if (const auto& w = micro_batch.window)
    part.of_batch *= static_cast<double>(w->outputs) / static_cast<double>(w->last_output - w->first_output);
  part.samples = std::move(samples);
  part.y_pred = outputs_of(model, micro_batch, part.samples.x, options);
  part.masks.resize(part.y_pred.size());
  bool has_loss = !found.empty();
  for (std::size_t i = 0; i < training.outputs.size(); ++i) {
    const AnyLoss& loss = training.outputs[i].loss;
    has_loss = has_loss || loss;
    part.data.push_back(
        loss ? loss->quotient(part.samples.y[i], part.y_pred[i], part.samples.weights[i], part.masks[i])
             : Loss::Quotient());
  }
  if (!has_loss) throw StateError("fit: there is no loss: give one to compile, or add one in a layer");
  const double share = static_cast<double>(part.count) / static_cast<double>(batch);
  for (const Tensor& loss : found) {
    const Tensor term = multiply(loss, share);
    part.added = part.added ? add(part.added, term) : term;
  }
  for (const auto& [name, value] : told) part.told.emplace_back(name, value.item());
  return part;
}

/// f(k, part k) for each part, on all threads.
template <class F>
auto for_parts(const std::vector<MicroBatch>& parts, F f) {
  std::vector<decltype(f(std::size_t(), parts[0]))> results(parts.size());
  parallel_for(static_cast<Index>(parts.size()), [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    results[k] = f(k, parts[k]);
  });
  return results;
}

/// Calls f(part) for each part in turn on this thread, with as many threads for the kernels as for_parts leaves them.
template <class F>
void for_parts_in_turn(const std::vector<MicroBatch>& parts, F f) {
  if (parts.size() == 1) return f(parts[0]);
  const OneThread for_kernels;
  for (const MicroBatch& part : parts) f(part);
}

/// The batch's tensor from those of its parts, tensor_of(k): windows of a sample joined along the steps, then the samples.
template <class F>
Tensor joined(const std::vector<MicroBatch>& parts, F tensor_of) {
  std::vector<Tensor> samples, windows;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    windows.push_back(tensor_of(k));
    const bool goes_on = k + 1 < parts.size() && parts[k + 1].first == parts[k].first;
    if (goes_on) continue;
    samples.push_back(windows.size() == 1 ? windows[0] : concatenate(windows, 1));
    windows.clear();
  }
  return samples.size() == 1 ? samples[0] : concatenate(samples, 0);
}

/// Gives a model its weights back at the end of a scope: layers like BatchNormalization change some when they are called.
class KeepWeights {
 public:
  explicit KeepWeights(const Model& model) : model_(model), values_(model.get_weights()) {}
  ~KeepWeights() { model_.set_weights(values_); }
  KeepWeights(const KeepWeights&) = delete;
  KeepWeights& operator=(const KeepWeights&) = delete;

 private:
  const Model& model_;
  Tensors values_;
};

/// `sample`: one, or more, of the batch.
std::vector<MicroBatch> cut(
    const Model& model, const Training& training, const Samples& sample, Index batch, bool in_training) {
  const bool mixes = std::any_of(training.outputs.begin(), training.outputs.end(),
      [](const Training::Output& output) { return output.loss && output.loss->mixes_samples(); });
  if (mixes) return {{0, batch}};
  bool windows = !training.outputs.empty();  // whether the loss is a sum over steps
  for (std::size_t i = 0; i < training.outputs.size(); ++i)
    windows &= training.outputs[i].loss && training.outputs[i].loss->is_step_by_step() && sample.y[i] &&
               sample.y[i].rank() == 3 && !sample.weights[i];
  const auto parts = [&](bool in_windows) {
    return micro_batches(model, sample.input_shapes(), batch, in_training, in_windows);
  };
  const std::vector<MicroBatch> found = parts(windows);
  const bool fits =
      !found[0].window || sample.y[0].dim(1) == found[0].window->outputs;  // else the loss will say so
  return fits ? found : parts(false);
}

/// What the sum of an output's totals is divided by; 1 also where nothing counts, for then the totals are 0.
double divisor(std::optional<double> count) { return count.value_or(1) == 0 ? 1 : count.value_or(1); }

double divisor(const Parts& parts, std::size_t output) {
  std::optional<double> count;
  for (const Part& part : parts)
    if (part.data[output].count) count = count.value_or(0) + *part.data[output].count;
  return divisor(count);
}

BatchLoss loss_of(const Training& training, const Parts& parts) {
  BatchLoss loss;
  for (std::size_t i = 0; i < training.outputs.size(); ++i) {
    double total = 0;
    for (const Part& part : parts)
      if (part.data[i].total) total += part.data[i].total.item();
    loss.of_outputs.push_back(total / divisor(parts, i));
    loss.total += training.outputs[i].weight * loss.of_outputs[i];
  }
  for (const Part& part : parts)
    if (part.added) loss.total += part.added.item();
  return loss;
}

/// Metrics see the batch as a whole, as in Keras.
void update_metrics(Training& training, const std::vector<MicroBatch>& micro_batches, const Parts& parts) {
  for (const Part& part : parts)
    for (const auto& [name, value] : part.told) training.tell(name, value, part.count);
  if (!training.has_metrics()) return;
  const auto whole = [&](const auto& of_part) {
    Tensors out = of_part(parts[0]);
    for (std::size_t i = 0; i < out.size() && parts.size() > 1; ++i) {
      if (out[i]) out[i] = joined(micro_batches, [&](std::size_t k) { return of_part(parts[k])[i]; });
    }
    return out;
  };
  training.update_metrics(whole([](const Part& p) -> const Tensors& { return p.samples.y; }),
      whole([](const Part& p) -> const Tensors& { return p.y_pred; }),
      whole([](const Part& p) -> const Tensors& { return p.samples.weights; }),
      whole([](const Part& p) -> const Tensors& { return p.masks; }));
}

/// sum += term, where None counts as nothing.
void add_to(Tensor& sum, const Tensor& term) {
  if (term) sum = sum ? add(sum, term) : term;
}

/// The gradients of each target, one target's after the other's; None for those of a target that is None. Of several, each is
/// differentiated on its own.
Tensors gradients_of(
    GradientTape& tape, const std::vector<Tensor>& targets, const std::vector<Variable>& variables) {
  Tensors out(targets.size() * variables.size());
  const auto at = [&](std::size_t target, std::size_t variable) -> Tensor& {
    return out[target * variables.size() + variable];
  };
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (targets[i]) present.push_back(i);
  if (present.size() == 1) {
    Tensors gradients = tape.gradient(targets[present[0]], variables);
    for (std::size_t v = 0; v < variables.size(); ++v) at(present[0], v) = std::move(gradients[v]);
    return out;
  }
  std::vector<Tensor> stacked;
  for (const std::size_t i : present) stacked.push_back(targets[i]);
  const Tensors jacobian = tape.jacobian(stack(stacked), variables);
  for (std::size_t v = 0; v < variables.size(); ++v)
    for (std::size_t k = 0; jacobian[v] && k < present.size(); ++k) {
      const auto row = static_cast<Index>(k);
      at(present[k], v) = jacobian[v].rows(row, row + 1).view_as(jacobian[v].shape().without(0));
    }
  return out;
}

/// The gradients of a part: of all that is not open, then of each output's total, if that is open. A part's count goes into
/// the batch's `of_batch` times, unless it is open.
Tensors differentiate(
    GradientTape& tape, const Part& part, const Training& training, const std::vector<Variable>& variables) {
  std::vector<Tensor> targets{part.added};
  for (std::size_t i = 0; i < training.outputs.size(); ++i) {
    const Training::Output& output = training.outputs[i];
    const Loss::Quotient& data = part.data[i];
    targets.emplace_back();
    if (!data.total) continue;
    const bool by_weight =
        output.loss->reduction() == Reduction::mean_with_sample_weight && part.samples.weights[i];
    if (data.masked || by_weight) {
      targets.back() = output.weight == 1 ? data.total : multiply(data.total, output.weight);
    } else {
      const double factor = output.weight / (divisor(data.count) * (data.count ? part.of_batch : 1));
      const Tensor share = factor == 1 ? data.total : multiply(data.total, factor);
      targets[0] = targets[0] ? add(targets[0], share) : share;
    }
  }
  return gradients_of(tape, targets, variables);
}

}  // namespace

BatchLoss train_step(const Model& model, Training& training, Index batch, const SampleSource& samples) {
  const std::vector<Variable> variables = model.trainable_variables();
  require(!variables.empty(), model.name(), "fit: the model has no trainable weights");
  const std::vector<MicroBatch> micro_batches = cut(model, training, samples({0, 1}), batch, true);
  const std::uint64_t step = training.step++;
  PairwiseSum gradient_sums(micro_batches.size());
  const Parts parts = for_parts(micro_batches, [&](std::size_t k, const MicroBatch& micro_batch) {
    GradientTape tape;
    Part part = forward(model, training, micro_batch, samples(micro_batch),
        {.training = true, .step = step, .first_sample = micro_batch.first}, batch);
    gradient_sums.add(k, differentiate(tape, part, training, variables));
    if (!training.has_metrics()) {  // nobody else reads them
      part.samples = {};
      part.y_pred.clear();
      part.masks.clear();
    }
    return part;
  });

  BatchLoss loss = loss_of(training, parts);
  Tensors gradients = gradient_sums.total();
  const Tensors open(gradients.begin() + static_cast<std::ptrdiff_t>(variables.size()), gradients.end());
  gradients.resize(variables.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const double divided_by = divisor(parts, i / variables.size());
    if (open[i])
      add_to(gradients[i % variables.size()], divided_by == 1 ? open[i] : divide(open[i], divided_by));
  }
  update_metrics(training, micro_batches, parts);
  const bool penalized = std::any_of(variables.begin(), variables.end(),
      [](const Variable& v) { return static_cast<bool>(v.regularizer()); });
  if (penalized) {
    GradientTape tape;
    Tensor penalty;
    for (const Tensor& term : model.regularization_losses()) penalty = penalty ? add(penalty, term) : term;
    loss.total += penalty.item();
    const Tensors of_penalty = tape.gradient(penalty, variables);
    for (std::size_t i = 0; i < variables.size(); ++i) add_to(gradients[i], of_penalty[i]);
  }
  training.optimizer->apply(gradients, variables);
  return loss;
}

BatchLoss test_step(const Model& model, Training& training, const Samples& batch) {
  const std::vector<MicroBatch> micro_batches = cut(model, training, batch, batch.count(), false);
  const Parts parts = for_parts(micro_batches, [&](std::size_t, const MicroBatch& part) {
    return forward(model, training, part, batch.part(part), {}, batch.count());
  });
  update_metrics(training, micro_batches, parts);
  BatchLoss loss = loss_of(training, parts);
  for (const Tensor& penalty : model.regularization_losses()) loss.total += penalty.item();
  return loss;
}

Tensors predict_all(const Model& model, const Tensors& x) {
  const Samples all{x, {}, {}};
  if (!model.is_built()) model.build(all.input_shapes());
  const std::vector<MicroBatch> parts = micro_batches(model, all.input_shapes(), all.count(), false, true);
  const std::vector<Tensors> results = for_parts(parts, [&](std::size_t, const MicroBatch& part) {
    std::vector<Tensor> found;
    return outputs_of(model, part, all.part(part).x, {.losses = &found});
  });
  Tensors outputs;
  for (std::size_t i = 0; i < results[0].size(); ++i)
    outputs.push_back(joined(parts, [&](std::size_t k) { return results[k][i]; }));
  return outputs;
}

void measure_train_step(
    const Model& model, const Training& training, const Samples& batch, const TapeReader& read) {
  const std::vector<Variable> variables = model.trainable_variables();
  require(!variables.empty(), model.name(), "profile: the model has no trainable weights");
  const KeepWeights keep(model);
  for_parts_in_turn(cut(model, training, batch, batch.count(), true), [&](const MicroBatch& micro_batch) {
    GradientTape tape({.measure = true});
    const Part part = forward(model, training, micro_batch, batch.part(micro_batch),
        {.training = true, .step = training.step, .first_sample = micro_batch.first}, batch.count());
    differentiate(tape, part, training, variables);
    read(tape);
  });
}

void measure_predict(const Model& model, const Tensors& x, const TapeReader& read) {
  const Samples all{x, {}, {}};
  for_parts_in_turn(micro_batches(model, all.input_shapes(), all.count(), false, true),
      [&](const MicroBatch& part) {
    GradientTape tape({.measure = true});
    const Tensors inputs = all.part(part).x;
    for (const Tensor& input : inputs)
      if (is_floating(input.dtype())) tape.watch(input);  // so that every op is recorded
    std::vector<Tensor> found;
    outputs_of(model, part, inputs, {.losses = &found});
    read(tape);
  });
}

}  // namespace xtape
