// What every layer of the registry promises, whatever it computes. A new layer joins by an entry in layer_samples.hpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "layers/layer_samples.hpp"

#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

/// The sample's layer in that dtype, with further arguments.
AnyLayer make(const LayerSample& sample, DType dtype = DType::float64, const Json& more = Json::object()) {
  Json config = config_in(sample, dtype);
  config.update(more);
  return make_layer(sample.class_name, config);
}

/// Weights that are not all zeros and ones, the same for layers that have the same ones, up to rounding to the dtype.
void randomize_weights(const Layer& layer) {
  Tensors values;
  for (const Variable& w : layer.weights()) {
    const RandomKey key{.seed = 100 + values.size()};
    values.push_back(random_uniform(w.shape(), 0.1, 1, {.key = key, .dtype = DType::float64}));
  }
  layer.set_weights(values);
}

bool are_close(const Tensors& a, const Tensors& b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i] && !b[i]) continue;  // no mask on either side
    if (!a[i] || !b[i] || a[i].shape() != b[i].shape()) return false;
    const auto p = a[i].to_vector<double>(), q = b[i].to_vector<double>();
    for (std::size_t j = 0; j < p.size(); ++j)
      if (!(std::abs(p[j] - q[j]) <= tolerance * std::max(1.0, std::abs(q[j])))) return false;
  }
  return true;
}

Shapes shapes_of(const Tensors& tensors) {
  Shapes out;
  for (const Tensor& t : tensors) out.push_back(t.shape());
  return out;
}

Tensors rows(const Tensors& tensors, Index first, Index last) {
  Tensors out;
  for (const Tensor& t : tensors) out.push_back(t ? t.rows(first, last) : t);
  return out;
}

template <class F>
void for_each_sample(F&& check) {
  for (const LayerSample& sample : layer_samples()) {
    CAPTURE(sample.title());
    check(sample);
  }
}

}  // namespace

TEST_CASE("every layer class has a sample for the contract") {
  std::set<std::string> with_sample;
  for (const LayerSample& sample : layer_samples()) with_sample.insert(sample.class_name);
  for (const auto& entry : layer_registry().entries())
    CHECK_MESSAGE(with_sample.contains(entry.class_name), "no sample of ", entry.class_name);
}

TEST_CASE("a layer's outputs have the shapes that compute_output_shape says, also for unknown batch sizes") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    for (const Shapes& inputs : {sample.inputs, sample.other}) {
      const Shapes outputs = shapes_of((*layer)(random_inputs(sample, inputs)));
      CHECK(layer->compute_output_shape(inputs) == outputs);
      Shapes open_inputs = inputs;
      for (Shape& shape : open_inputs) shape[0] = None;
      const Shapes open_outputs = layer->compute_output_shape(open_inputs);
      REQUIRE(open_outputs.size() == outputs.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        CHECK(open_outputs[i][0] == None);
        CHECK(open_outputs[i].matches(outputs[i]));
        CHECK(open_outputs[i].without(0) == outputs[i].without(0));
      }
    }
  });
}

TEST_CASE("a layer can be built before its first call, and has the same weights then") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer built = make(sample), called = make(sample);
    Shapes open_inputs = sample.inputs;
    for (Shape& shape : open_inputs) shape[0] = None;
    built->build(open_inputs);
    CHECK(built->is_built());
    (*called)(random_inputs(sample, sample.inputs));
    REQUIRE(built->weights().size() == called->weights().size());
    for (std::size_t i = 0; i < built->weights().size(); ++i) {
      CHECK(built->weights()[i].name() == called->weights()[i].name());
      CHECK(built->weights()[i].shape() == called->weights()[i].shape());
    }
    CHECK(built->count_params() == called->count_params());
  });
}

TEST_CASE("a layer made from another one's config and weights gives the same answers") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    const Tensors inputs = random_inputs(sample, sample.inputs);
    (*layer)(inputs);
    randomize_weights(*layer);
    const Json config = Json::parse(layer->get_config().dump());
    const AnyLayer twin = make_layer(sample.class_name, config);
    CHECK(twin->get_config() == config);
    CHECK(twin->name() == layer->name());
    (*twin)(inputs);
    twin->set_weights(layer->get_weights());
    CHECK(are_close((*twin)(inputs), (*layer)(inputs), 0));
  });
}

TEST_CASE("a layer takes an input_shape, a name, and whether it is trainable") {
  for_each_sample([](const LayerSample& sample) {
    if (sample.class_name == "InputLayer") return;
    const AnyLayer layer = make(sample, DType::float64,
        {{"name", "given"}, {"trainable", false},
            {"input_shape", to_json_value(sample.inputs[0].without(0))}});
    CHECK(layer->name() == "given");
    CHECK(layer->batch_shape().has_value());
    (*layer)(random_inputs(sample, sample.inputs));
    CHECK(layer->trainable_weights().empty());
    const bool says_so = sample.class_name != "SpatialDropout1D";  // as in Keras
    if (says_so) CHECK(layer->get_config()["trainable"] == false);
    CHECK(!layer->get_config().contains("input_shape"));
    const std::size_t all = layer->weights().size();
    layer->set_trainable(true);
    CHECK(layer->trainable_weights().size() + layer->non_trainable_weights().size() == all);
  });
}

TEST_CASE("a layer's weights can be read and replaced, wholly or not at all") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    (*layer)(random_inputs(sample, sample.inputs));
    randomize_weights(*layer);
    const Tensors before = layer->get_weights();
    Tensors too_many = before;
    too_many.push_back(ones({1}));
    CHECK_THROWS_AS(layer->set_weights(too_many), ValueError);
    if (before.empty()) return;
    Tensors wrong_last;
    for (const Tensor& w : before) wrong_last.push_back(zeros_like(w));
    wrong_last.back() = ones(before.back().shape().with(0, 2), DType::float64);
    CHECK_THROWS_AS(layer->set_weights(wrong_last), ValueError);
    CHECK(are_close(layer->get_weights(), before, 0));
    for (const Variable& w : layer->weights()) {
      CHECK(layer->weight(w.path()) == w);
      CHECK(layer->weight(w.name()).name() == w.name());
      CHECK(w.path().starts_with(layer->name() + "/"));  // then the names of layers inside
      CHECK(w.path().ends_with("/" + w.name()));
    }
    CHECK_THROWS_AS(layer->weight("no such weight"), ValueError);
  });
}

TEST_CASE("a layer works in float32 and in float64, and both agree") {
  for_each_sample([](const LayerSample& sample) {
    Tensors answers[2];
    for (const DType dtype : {DType::float32, DType::float64}) {
      const AnyLayer layer = make(sample, dtype);
      const Tensors inputs = random_inputs(sample, sample.inputs, DType::float32);
      (*layer)(inputs);
      randomize_weights(*layer);
      for (const Variable& w : layer->weights()) CHECK((w.dtype() == dtype || !is_floating(w.dtype())));
      // Inputs of another dtype are cast to the layer's.
      const Tensors outputs = (*layer)(inputs);
      for (const Tensor& y : outputs) CHECK(y.dtype() == dtype);
      answers[dtype == DType::float64] = outputs;
    }
    CHECK(are_close(answers[0], answers[1], 1e-5));
  });
}

TEST_CASE("a layer with a data_format gives the same answers in both") {
  for_each_sample([](const LayerSample& sample) {
    if (!make(sample)->get_config().contains("data_format") || sample.inputs[0].rank() != 3) return;
    const AnyLayer last = make(sample, DType::float64, {{"data_format", "channels_last"}});
    const AnyLayer first = make(sample, DType::float64, {{"data_format", "channels_first"}});
    const Tensors inputs = random_inputs(sample, sample.inputs);
    Tensors turned;
    for (const Tensor& x : inputs) turned.push_back(swapaxes(x, 1, 2));
    (*last)(inputs), (*first)(turned);
    randomize_weights(*last), randomize_weights(*first);
    Tensors answers = (*first)(turned);
    CHECK(first->compute_output_shape(shapes_of(turned)) == shapes_of(answers));
    for (Tensor& y : answers)
      if (y.rank() == 3) y = swapaxes(y, 1, 2);
    CHECK(are_close(answers, (*last)(inputs), 1e-12));
  });
}

TEST_CASE("the gradients of a layer's inputs and weights agree with differences") {
  for_each_sample([](const LayerSample& sample) {
    for (const bool training : {false, true}) {
      if (training && sample.changes_itself) continue;
      const AnyLayer layer = make(sample);
      const Tensors inputs = random_inputs(sample, sample.inputs);
      (*layer)(inputs);
      randomize_weights(*layer);
      // In training, weights that no gradient changes (running means) would move from one evaluation to the next.
      const std::vector<Variable> state = layer->non_trainable_weights();
      Tensors before;
      for (const Variable& v : state) before.push_back(v.current().detached());
      const bool is_real = sample.below == 0;  // integers have no gradients
      const auto f = [&](const Tensors& x) {
        for (std::size_t i = 0; i < state.size(); ++i) state[i].assign(before[i]);
        return (*layer)(is_real ? x : inputs, {.training = training, .step = 3}).at(0);
      };
      const auto report = check_gradients(f, is_real ? inputs : Tensors(), layer->trainable_weights(),
          {.op = sample.class_name, .name = sample.config.dump()});
      CHECK_MESSAGE((report.passed() && report.kinks.empty()), concat(report));
    }
  });
}

TEST_CASE("inference is the same each time, and training the same for the same step") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    const Tensors inputs = random_inputs(sample, sample.inputs);
    CHECK(are_close((*layer)(inputs), (*layer)(inputs), 0));
    if (sample.changes_itself) return;
    const Tensors first = (*layer)(inputs, {.training = true, .step = 5});
    CHECK(are_close((*layer)(inputs, {.training = true, .step = 5}), first, 0));
    if (!sample.draws) return;
    CHECK(!are_close((*layer)(inputs, {.training = true, .step = 6}), first, 0));
    CHECK(!are_close((*layer)(inputs, {.training = true}), (*layer)(inputs, {.training = true}), 0));
  });
}

TEST_CASE("an answer does not depend on how the batch is split, unless the layer says so") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    const Tensors inputs = random_inputs(sample, sample.inputs);
    (*layer)(inputs);
    for (const bool training : {false, true}) {
      if (layer->mixes_samples(training)) continue;
      const Tensors whole = (*layer)(inputs, {.training = training, .step = 2});
      for (Index n = 0; n < inputs[0].dim(0); ++n) {
        const Tensors part =
            (*layer)(rows(inputs, n, n + 1), {.training = training, .step = 2, .first_sample = n});
        CHECK(are_close(part, rows(whole, n, n + 1), 1e-12));
      }
    }
  });
}

TEST_CASE("a mask goes with the output or is lost, however the batch is split") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    const Tensors inputs = random_inputs(sample, sample.inputs);
    Tensors masks;
    for (const Tensor& x : inputs) {
      const Shape shape = sample.masks_elements || x.rank() < 2 ? x.shape() : x.shape().without(x.rank() - 1);
      const RandomKey key{.seed = 50 + masks.size()};
      masks.push_back(random_bernoulli(shape, 0.75, {.key = key, .dtype = DType::boolean}));
    }
    Tensors whole;
    const Tensors outputs = (*layer)(inputs, {.masks = masks, .output_masks = &whole});
    CHECK((whole.empty() || whole.size() == outputs.size()));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (!whole[i]) continue;
      const Shape &mask = whole[i].shape(), &y = outputs[i].shape();
      CHECK((mask.rank() <= y.rank() && mask == y.slice(0, mask.rank())));
    }
    if (layer->mixes_samples(false)) return;
    for (Index n = 0; n < inputs[0].dim(0); ++n) {
      Tensors part;
      const Tensors y =
          (*layer)(rows(inputs, n, n + 1), {.masks = rows(masks, n, n + 1), .output_masks = &part});
      CHECK(are_close(y, rows(outputs, n, n + 1), 1e-12));
      CHECK(are_close(part, rows(whole, n, n + 1), 0));
    }
  });
}

TEST_CASE("a layer called on symbolic tensors tells the shapes, and its model gives what the layer gives") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    if (layer.as<InputLayer>()) return;
    std::vector<KerasTensor> symbols;
    for (const Shape& shape : sample.inputs)
      symbols.push_back(Input({.dtype = DType::float64, .batch_shape = shape.without(0).with(0, None)}));
    const KerasTensors outputs = (*layer->self())(KerasTensors(symbols));  // self(): of the layer's own class
    CHECK(*layer->self() == *layer);
    const Functional model(symbols, outputs);
    const Tensors inputs = random_inputs(sample, sample.inputs), expected = (*layer)(inputs);
    CHECK(are_close(model(inputs), expected, 0));
    REQUIRE(outputs.size() == expected.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i].shape().matches(expected[i].shape()));
  });
}

TEST_CASE("wrong inputs are refused, and leave the layer as it was") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    const Tensors inputs = random_inputs(sample, sample.inputs);
    const Tensors before = (*layer)(inputs);
    for (const Shapes& wrong : sample.wrong) {
      CAPTURE(wrong.at(0));
      CHECK_THROWS_AS((*layer)(random_inputs(sample, wrong)), ValueError);
      CHECK(are_close((*layer)(inputs), before, 0));
    }
    Tensors too_many = inputs;
    too_many.push_back(inputs[0]);
    if (!sample.takes_any_number) CHECK_THROWS_AS((*layer)(too_many), ValueError);
    CHECK_THROWS_AS((*layer)(Tensors{}), ValueError);
    CHECK(are_close((*layer)(inputs), before, 0));
  });
}

TEST_CASE("a layer that was refused its first input can still be built by the next") {
  int refused = 0;
  for_each_sample([&](const LayerSample& sample) {
    for (const Shapes& wrong : sample.wrong) {
      const AnyLayer layer = make(sample);
      try {
        (*layer)(random_inputs(sample, wrong));
        continue;  // other channels, or ranks, are as good as any for a layer that is not built
      } catch (const ValueError&) {
        ++refused;
      }
      CHECK((*layer)(random_inputs(sample, sample.inputs)).size() >= 1);
    }
  });
  CHECK(refused > 50);
}

TEST_CASE("empty batches have empty answers of the right shape") {
  for_each_sample([](const LayerSample& sample) {
    const AnyLayer layer = make(sample);
    (*layer)(random_inputs(sample, sample.inputs));
    Shapes empty = sample.inputs;
    for (Shape& shape : empty) shape[0] = 0;
    const Tensors outputs = (*layer)(random_inputs(sample, empty), {.training = true});
    CHECK(shapes_of(outputs) == layer->compute_output_shape(empty));
    CHECK(outputs.at(0).dim(0) == 0);
  });
}

TEST_CASE("arguments that a layer does not have are refused by name") {
  for_each_sample([](const LayerSample& sample) {
    try {
      make(sample, DType::float32, {{"no_such_argument", 1}});
      FAIL("no error");
    } catch (const ValueError& error) {
      CHECK(std::string(error.what()).find("no_such_argument") != std::string::npos);
    }
  });
}
