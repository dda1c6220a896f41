// Layers, losses and regularizers, from their registries: what is registered is checked.
#include <memory>

#include "gradcheck/subjects.hpp"
#include "layers/layer_samples.hpp"
#include "optim/loss_samples.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>
#include <xtape/optim/losses/registry.hpp>

namespace xtape::testing {
namespace {

Tensor draw(const Shape& shape, double low, double high, std::uint64_t n) {
  return random_uniform(shape, low, high, {.key = RandomKey{7, n}, .dtype = DType::float64});
}

/// A function of tensors at inputs that are drawn anew for each seed.
Subject subject(const std::string& family, const std::string& name, const std::string& case_name,
    const CheckedFunction& f, const std::function<std::vector<Tensor>(std::uint64_t seed)>& inputs) {
  return {family, name, case_name,
      [=](const GradientCheckOptions& o) { return check_gradients(f, inputs(o.seed), o); },
      [=](const GradientCheckOptions& o) { return sweep_steps(f, inputs(o.seed), o); }};
}

/// Of a layer, the inputs and all trainable weights.
Subject subject_of(const LayerSample& sample) {
  const AnyLayer layer = make_layer(sample.class_name, config_in(sample, DType::float64));
  layer->build(sample.inputs);
  const std::vector<Variable> weights = layer->trainable_weights();
  const bool is_real = sample.below == 0;  // integers have no gradients
  const Tensors fixed = random_inputs(sample, sample.inputs);
  const auto f = [=, count = static_cast<Index>(fixed.size())](const std::vector<Tensor>& x) {
    return (*layer)(is_real ? Tensors(x.begin(), x.begin() + count) : fixed,
        {.training = !sample.changes_itself, .step = 3})
        .at(0);
  };
  const auto inputs = [=](std::uint64_t seed) {
    return is_real ? random_inputs(sample, sample.inputs, DType::float64, seed) : Tensors();
  };
  return {"layer", sample.class_name, sample.config.dump(),
      [=](const GradientCheckOptions& o) { return check_gradients(f, inputs(o.seed), weights, o); },
      [=](const GradientCheckOptions& o) { return sweep_steps(f, inputs(o.seed), o); }};
}

}  // namespace

Subjects layer_subjects() {
  Subjects subjects;
  for (const auto& entry : layer_registry().entries()) {
    const auto before = subjects.size();
    for (const LayerSample& sample : layer_samples())
      if (sample.class_name == entry.class_name) subjects.push_back(subject_of(sample));
    if (subjects.size() == before)
      subjects.push_back({"layer", entry.class_name, "", {}, {}, "there is no sample for it"});
  }
  return subjects;
}

namespace {

/// A loss of the sample's predictions, without and with weights.
void add_subjects_of(const LossSample& sample, Subjects& subjects) {
  const AnyLoss loss = loss_registry().make(sample.class_name, sample.config, "loss");
  const auto inputs = [sample](std::uint64_t seed) {
    return std::vector<Tensor>{draw(sample.y_pred, sample.low, sample.high, seed + 3)};
  };
  const Shape one_each = loss->call(sample.y_true, inputs(0)[0]).shape();
  for (const Tensor& weight : {Tensor(), draw(one_each, 0.5, 2, 2)})
    subjects.push_back(subject(
        "loss", sample.class_name, sample.config.dump() + (weight ? ", weights" : ""),
        [=](const std::vector<Tensor>& x) { return (*loss)(sample.y_true, x[0], weight); }, inputs));
}

}  // namespace

Subjects loss_subjects() {
  Subjects subjects;
  for (const auto& entry : loss_registry().entries()) {
    const auto before = subjects.size();
    for (const LossSample& sample : loss_samples())
      if (sample.class_name == entry.class_name) add_subjects_of(sample, subjects);
    if (subjects.size() == before)
      subjects.push_back({"loss", entry.class_name, "", {}, {}, "there is no sample for it"});
  }
  return subjects;
}

Subjects regularizer_subjects() {
  Subjects subjects;
  for (const auto& entry : registry<Regularizer>().entries()) {
    const Regularizer regularizer =
        registry<Regularizer>().make(entry.class_name, Json::object(), "regularizer");
    subjects.push_back(subject(
        "regularizer", entry.class_name, "of a matrix",
        [=](const std::vector<Tensor>& x) { return regularizer(x[0]); },
        [](std::uint64_t seed) {
      return std::vector<Tensor>{draw({4, 3}, 0.1, 2, seed + 5)};
        }));
  }
  return subjects;
}

}  // namespace xtape::testing
