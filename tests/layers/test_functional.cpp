// Functional: models made of symbolic tensors, against the same computations written with plain ops.
#include <doctest/doctest.h>

#include <sstream>

#include "layers/sum_and_difference.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

Tensor dense(const Tensor& x, const Dense& layer) {
  return add(matmul(x, layer.kernel().current()), layer.bias().current());
}

std::vector<std::string> layer_names(const Model& model) {
  std::vector<std::string> names;
  for (const AnyLayer& layer : model.layers()) names.push_back(layer->name());
  return names;
}

void check_equal(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  REQUIRE(a.shape() == b.shape());
  const auto p = a.to_vector<double>(), q = b.to_vector<double>();
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(p[i] == doctest::Approx(q[i]).epsilon(tolerance));
}

}  // namespace

TEST_CASE("calling a layer on a symbolic tensor builds it, and tells the output's shape") {
  clear_session();
  const auto x = Input({.shape = {288, 1}, .name = "signal"});
  CHECK(x.shape() == Shape{None, 288, 1});
  CHECK(x.dtype() == DType::float32);
  const Conv1D layer({.filters = 32, .kernel_size = 7, .strides = 2, .padding = "same"});
  const KerasTensor y = layer(x);
  CHECK(layer.is_built());
  CHECK(layer.kernel().shape() == Shape{7, 1, 32});
  CHECK(y.shape() == Shape{None, 144, 32});
  CHECK(*y.layer() == layer);
  CHECK(y.node_index() == 0);
  CHECK(KerasTensor(layer(x)).node_index() == 1);
  std::ostringstream text;
  text << y;
  CHECK(text.str() == "KerasTensor (None, 144, 32) float32 of conv1d");
  CHECK_THROWS_AS(Dense({.units = 1})(Input({.shape = {None}})), ValueError);
  CHECK(Input({.shape = {3}, .batch_size = 8}).shape() == Shape{8, 3});
  CHECK(Input({.dtype = DType::int32, .batch_shape = Shape{None, 5}}).dtype() == DType::int32);
}

TEST_CASE("a chain of layers computes what a Sequential of the same layers computes") {
  const Dense first({.units = 4, .activation = "tanh"}), second({.units = 2});
  const auto x = Input({.shape = {3}});
  const Functional model(x, second(first(x)));
  const Sequential same({Input({.shape = {3}}), first, second});
  const Tensor data = random_normal({5, 3});
  CHECK(model(data).to_vector() == same(data).to_vector());
  CHECK(model.is_built());
  CHECK(model.count_params() == 4 * 3 + 4 + 2 * 4 + 2);
  CHECK(model.compute_output_shape(Shape{None, 3}) == Shape{None, 2});
  CHECK(model.compute_output_shape(Shape{7, 3}) == Shape{7, 2});
}

TEST_CASE("skip connections, shared layers and several outputs are what plain ops compute") {
  clear_session();
  const Dense shared({.units = 3, .name = "shared", .dtype = DType::float64}),
      head({.units = 2, .name = "head", .dtype = DType::float64});
  const SumAndDifference both("both", DType::float64);
  const auto a = Input({.shape = {3}, .dtype = DType::float64, .name = "a"});
  const auto b = Input({.shape = {3}, .dtype = DType::float64, .name = "b"});
  const auto merged = both({shared(a), b});
  const auto deep = shared(merged[0]);  // once more
  const Functional model({a, b}, {head(deep), merged[1]}, "m");

  const Tensor p = random_normal({4, 3}, 0, 1, {.dtype = DType::float64}),
               q = random_normal({4, 3}, 0, 1, {.dtype = DType::float64});
  const Tensors outputs = model({p, q});
  REQUIRE(outputs.size() == 2);
  const Tensor inner = dense(p, shared);
  check_equal(outputs[0], dense(dense(add(inner, q), shared), head));
  check_equal(outputs[1], subtract(inner, q));
  CHECK(layer_names(model) == std::vector<std::string>{"a", "shared", "b", "both", "head"});
  CHECK(model.output_names() == std::vector<std::string>{"head", "both"});
  CHECK(model.weights().size() == 4);
  CHECK(model.compute_output_shape(Shapes{{None, 3}, {None, 3}}) == Shapes{{None, 2}, {None, 3}});

  GradientTape tape;
  tape.watch(p);
  const Tensor y = model({p, q})[0];
  GradientTape plain;
  plain.watch(p);
  const Tensor expected = dense(dense(add(dense(p, shared), q), shared), head);
  check_equal(tape.gradient(y, p), plain.gradient(expected, p));
}

TEST_CASE("models are layers of models") {
  const auto x = Input({.shape = {6}});
  const Functional encoder(x, Dense({.units = 2})(x), "encoder");
  const Sequential decoder({Input({.shape = {2}}), Dense({.units = 6})}, "decoder");
  const auto signal = Input({.shape = {6}});
  const Functional autoencoder(signal, decoder(encoder(signal)), "autoencoder");
  CHECK(autoencoder.layers().size() == 3);
  CHECK(autoencoder.weights().size() == 4);
  const Tensor data = random_normal({3, 6});
  CHECK(autoencoder(data).to_vector() == decoder(encoder(data)).to_vector());
  autoencoder.set_trainable(false);
  CHECK(encoder.trainable_weights().empty());
  CHECK(decoder.layers()[0]->trainable_weights().empty());
  autoencoder.set_trainable(true);
  encoder.set_trainable(false);
  CHECK(autoencoder.trainable_weights().size() == 2);
  CHECK(autoencoder.non_trainable_weights().size() == 2);
  autoencoder.get_layer("decoder")->set_trainable(false);
  CHECK(autoencoder.trainable_weights().empty());
}

TEST_CASE("the ends of a Sequential serve to make other models") {
  const Sequential classifier(
      {Input({.shape = {4}}), Dense({.units = 3, .name = "features"}), Dense({.units = 1})});
  const Functional features(classifier.inputs(), classifier.get_layer("features")->output());
  const Functional twice(classifier.inputs(), Dense({.units = 2})(classifier.outputs()));
  const Tensor data = random_normal({2, 4});
  CHECK(features(data).to_vector() == (*classifier.get_layer(0))(data).to_vector());
  CHECK(twice.weights().size() == 6);
  CHECK(classifier.get_layer("features")->input().single() == classifier.inputs().single());
  CHECK_THROWS_AS(Sequential({Dense({.units = 1})}).outputs(), StateError);
  CHECK_THROWS_AS(Dense({.units = 1}).output(), StateError);
}

TEST_CASE("a model may begin in the middle of another one, whose layers it shares") {
  const auto x = Input({.shape = {4}});
  const KerasTensor h = Dense({.units = 3, .activation = "relu"})(x);
  const Dense last({.units = 2});
  const KerasTensor y = last(Dense({.units = 3})(h));
  const Functional whole(x, y), front(x, h), back(h, y);
  const Tensor data = random_normal({5, 4});
  CHECK(back(front(data)).to_vector() == whole(data).to_vector());
  CHECK(back.weights().size() == 4);
  CHECK(back.weights()[2] == last.kernel());
  CHECK(back.layers().size() == 3);  // a new Input, and the two Dense
}

TEST_CASE("inputs are cast to what the Input says, and a last axis of length 1 may be left out") {
  const auto x = Input({.shape = {1}});
  const Functional model(x, Dense({.units = 2})(x));
  CHECK(model(ones({5}, DType::float64)).shape() == Shape{5, 2});
  CHECK(model(ones({5}, DType::float64)).dtype() == DType::float32);
  CHECK(model(ones({5, 1, 1})).shape() == Shape{5, 2});
  CHECK(model(ones({5, 1}, DType::int32)).shape() == Shape{5, 2});
  CHECK(model.compute_output_shape(Shape{None}) == Shape{None, 2});
  CHECK(Sequential({Input({.shape = {1}}), Dense({.units = 2})})(ones({5})).shape() == Shape{5, 2});
  CHECK_THROWS_AS(model(ones({5, 2})), ValueError);
  CHECK_THROWS_AS(model(ones({5, 1, 2})), ValueError);
  CHECK_THROWS_AS(model(Tensors{ones({5, 1}), ones({5, 1})}), ValueError);
}

TEST_CASE("what cannot be computed is refused by name") {
  const auto a = Input({.shape = {2}, .name = "a"}), b = Input({.shape = {2}, .name = "b"});
  const SumAndDifference both("both");
  CHECK_THROWS_WITH_AS(Functional(a, both({a, b})[0], "m"),
      "ValueError: m: the outputs need \"b\", which is not among the inputs", ValueError);
  CHECK_THROWS_WITH_AS(Functional({a, a}, both({a, a})[0], "m"),
      "ValueError: m: an input is given twice (KerasTensor (None, 2) float32 of a)", ValueError);
  const Dense one({.units = 2, .name = "d"}), other({.units = 2, .name = "d"});
  CHECK_THROWS_WITH_AS(Functional(a, other(one(a)), "m"),
      "ValueError: m: all layers must have different names (received \"d\" twice)", ValueError);
  CHECK_THROWS_AS(Functional(KerasTensors(), both({a, b})[0]), ValueError);
  CHECK_THROWS_AS(KerasTensor(both({a, b})), ValueError);                          // one of two
  CHECK_THROWS_AS(Sequential({KerasTensor(Dense({.units = 1})(a))}), ValueError);  // no Input
  const Functional unconnected({a, b}, one(a), "u");
  CHECK(unconnected({ones({1, 2}), ones({1, 2})})[0].shape() == Shape{1, 2});
  CHECK(layer_names(unconnected) == std::vector<std::string>{"a", "b", "d"});
}

TEST_CASE(
    "a shared Dropout draws other numbers in each of its places, and the same again for the same step") {
  const Dropout dropout({.rate = 0.5, .seed = 3});
  const auto x = Input({.shape = {64}});
  const SumAndDifference both;
  const Functional model(x, both({dropout(x), dropout(x)})[1]);
  const Tensor data = ones({2, 64});
  const Tensor once = model(data, {.training = true, .step = 7});
  CHECK(once.to_vector() == model(data, {.training = true, .step = 7}).to_vector());
  CHECK(once.to_vector() != std::vector<double>(128, 0.0));
  CHECK(model(data).to_vector() == std::vector<double>(128, 0.0));
}
