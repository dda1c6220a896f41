#include <algorithm>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/thread_pool.hpp>
#include <xtape/optim/training/pairwise_sum.hpp>
#include <xtape/optim/training/train_step.hpp>

namespace xtape {
namespace {

/// A part of the batch, and what its forward pass gave.
///
/// The loss of an output over the batch is the sum of the parts' totals over the sum of their counts (Loss::Quotient). The
/// latter is known beforehand, and the total is divided at once, unless it depends on masks or weights: then the quotient is
/// open, and the gradients of its totals are divided when all parts are done.
struct Part {
  Index count = 0;  ///< of samples
  Samples samples;
  Tensors y_pred, masks;             ///< one for each output
  std::vector<Loss::Quotient> data;  ///< of each output
  Tensor added;                      ///< the losses that layers found, as a share of the batch's mean
  std::vector<std::pair<std::string, double>> told;  ///< what layers told of themselves
};
using Parts = std::vector<Part>;

Part forward(
    const Model& model, const Training& training, Samples samples, CallOptions options, Index batch) {
  std::vector<Tensor> found;
  std::vector<std::pair<std::string, Tensor>> told;
  Part part;
  options.losses = &found;
  options.metrics = &told;
  options.output_masks = &part.masks;
  part.count = samples.count();
  part.samples = std::move(samples);
  part.y_pred = model(part.samples.x, options);
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

/// Calls parts[k] = f(k, first, last) for the samples between any two starts, on all threads.
template <class F>
auto for_parts(const std::vector<Index>& starts, F f) {
  std::vector<decltype(f(std::size_t(), Index(), Index()))> parts(starts.size() - 1);
  parallel_for(static_cast<Index>(parts.size()), [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    parts[k] = f(k, starts[k], starts[k + 1]);
  });
  return parts;
}

/// Calls f(first, last) for each part in turn on this thread, with as many threads for the kernels as for_parts leaves them.
template <class F>
void for_parts_in_turn(const std::vector<Index>& starts, F f) {
  if (starts.size() == 2) return f(starts[0], starts[1]);
  const OneThread for_kernels;
  for (std::size_t k = 0; k + 1 < starts.size(); ++k) f(starts[k], starts[k + 1]);
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

std::vector<Index> cut(
    const Model& model, const Training& training, const Shapes& input_shapes, Index batch, bool in_training) {
  const bool mixes = std::any_of(training.outputs.begin(), training.outputs.end(),
      [](const Training::Output& output) { return output.loss && output.loss->mixes_samples(); });
  return mixes ? std::vector<Index>{0, batch} : micro_batches(model, input_shapes, batch, in_training);
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
void update_metrics(Training& training, const Parts& parts) {
  for (const Part& part : parts)
    for (const auto& [name, value] : part.told) training.tell(name, value, part.count);
  if (!training.has_metrics()) return;
  const auto whole = [&](const auto& of_part) {
    Tensors out = of_part(parts[0]);
    for (std::size_t i = 0; i < out.size() && parts.size() > 1; ++i) {
      if (!out[i]) continue;
      std::vector<Tensor> tensors;
      for (const Part& part : parts) tensors.push_back(of_part(part)[i]);
      out[i] = concatenate(tensors, 0);
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

/// The gradients of a part: of all that is not open, then of each output's total, if that is open. A part's count stands to the
/// batch's as its samples to the batch's samples, unless it is open.
Tensors differentiate(GradientTape& tape, const Part& part, const Training& training, Index batch,
    const std::vector<Variable>& variables) {
  const double of_batch = static_cast<double>(batch) / static_cast<double>(part.count);
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
      const double factor = output.weight / (divisor(data.count) * (data.count ? of_batch : 1));
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
  const std::vector<Index> starts = cut(model, training, samples(0, 1).input_shapes(), batch, true);
  const std::uint64_t step = training.step++;
  PairwiseSum gradient_sums(starts.size() - 1);
  const Parts parts = for_parts(starts, [&](std::size_t k, Index begin, Index end) {
    GradientTape tape;
    Part part = forward(
        model, training, samples(begin, end), {.training = true, .step = step, .first_sample = begin}, batch);
    gradient_sums.add(k, differentiate(tape, part, training, batch, variables));
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
  update_metrics(training, parts);
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
  const Parts parts = for_parts(cut(model, training, batch.input_shapes(), batch.count(), false),
      [&](std::size_t, Index begin, Index end) {
    return forward(model, training, batch.rows(begin, end), {}, batch.count());
  });
  update_metrics(training, parts);
  BatchLoss loss = loss_of(training, parts);
  for (const Tensor& penalty : model.regularization_losses()) loss.total += penalty.item();
  return loss;
}

Tensors predict_all(const Model& model, const Tensors& x) {
  const Samples all{x, {}, {}};
  if (!model.is_built()) model.build(all.input_shapes());
  const std::vector<Tensors> parts = for_parts(micro_batches(model, all.input_shapes(), all.count(), false),
      [&](std::size_t, Index begin, Index end) {
    std::vector<Tensor> found;
    return model(all.rows(begin, end).x, {.losses = &found});
  });
  Tensors outputs;
  for (std::size_t i = 0; i < parts[0].size(); ++i) {
    std::vector<Tensor> rows;
    for (const Tensors& part : parts) rows.push_back(part[i]);
    outputs.push_back(rows.size() == 1 ? rows[0] : concatenate(rows, 0));
  }
  return outputs;
}

void measure_train_step(
    const Model& model, const Training& training, const Samples& batch, const TapeReader& read) {
  const std::vector<Variable> variables = model.trainable_variables();
  require(!variables.empty(), model.name(), "profile: the model has no trainable weights");
  const KeepWeights keep(model);
  for_parts_in_turn(cut(model, training, batch.input_shapes(), batch.count(), true),
      [&](Index begin, Index end) {
    GradientTape tape({.measure = true});
    const Part part = forward(model, training, batch.rows(begin, end),
        {.training = true, .step = training.step, .first_sample = begin}, batch.count());
    differentiate(tape, part, training, batch.count(), variables);
    read(tape);
  });
}

void measure_predict(const Model& model, const Tensors& x, const TapeReader& read) {
  const Samples all{x, {}, {}};
  for_parts_in_turn(micro_batches(model, all.input_shapes(), all.count(), false),
      [&](Index begin, Index end) {
    GradientTape tape({.measure = true});
    const Tensors inputs = all.rows(begin, end).x;
    for (const Tensor& input : inputs)
      if (is_floating(input.dtype())) tape.watch(input);  // so that every op is recorded
    std::vector<Tensor> found;
    model(inputs, {.losses = &found});
    read(tape);
  });
}

}  // namespace xtape
