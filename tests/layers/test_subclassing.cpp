// Layers and models of a user's own: how they are written, and that they are as good as ours.
#include <doctest/doctest.h>

#include <sstream>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/model.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;

namespace {

/// y = x + scale * dense(x): a layer made of another layer and a weight.
class Residual final : public Layer {
 public:
  explicit Residual(Index units, const std::string& name = {})
      : Layer("Residual", name), dense_(add_layer(Dense({.units = units, .name = "inner"}))) {}
  std::string_view type_name() const override { return "Residual"; }
  AnyLayer self() const override { return *this; }

 protected:
  void build_weights(const Shape&) const override {
    add_weight(scale_, {.name = "scale", .shape = {}, .initializer = "ones"});
  }
  Tensor call(const Tensor& x, const CallOptions& options) const override {
    return add(x, multiply(scale_, dense_(x, options)));
  }

 private:
  Dense dense_;
  Variable scale_;
};

/// A model of a user's own, with its own call.
class Autoencoder final : public Model {
 public:
  explicit Autoencoder(Index size) : Model("Autoencoder"), decoder_(add_layer(Dense({.units = size}))) {}
  std::string_view type_name() const override { return "Autoencoder"; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override {
    const Tensor code = encoder_(x, options);
    options.add_loss(multiply(mean(square(code)), 0.5));
    return decoder_(code, options);
  }

 private:
  Dense encoder_ = add_layer(Dense({.units = 2, .activation = "tanh"}));
  Dense decoder_;
};

/// Two inputs and two outputs.
class Crossed final : public Model {
 public:
  Crossed() : Model("Crossed") {}
  std::string_view type_name() const override { return "Crossed"; }

 protected:
  Tensors call_many(const Tensors& x, const CallOptions& options) const override {
    return {first_(x.at(1), options), second_(x.at(0), options)};
  }

 private:
  Dense first_ = add_layer(Dense({.units = 3}));
  Dense second_ = add_layer(Dense({.units = 1}));
};

std::vector<std::string> paths(const std::vector<Variable>& variables) {
  std::vector<std::string> out;
  for (const Variable& v : variables) out.push_back(v.name());
  return out;
}

}  // namespace

TEST_CASE("a layer made of a layer and a weight has the weights of both, its own first") {
  const Residual layer(3);
  const Tensor x = {{1, 2, 3}};
  const Tensor y = layer(x);
  CHECK(paths(layer.weights()) == std::vector<std::string>{"scale", "kernel", "bias"});
  const Tensor inner = (*layer.sublayers()[0])(x);
  CHECK(y.to_vector() == add(x, inner).to_vector());
  layer.set_trainable(false);
  CHECK(layer.sublayers()[0]->trainable_weights().empty());
  CHECK(layer.trainable_weights().empty());
  CHECK(layer.non_trainable_weights().size() == 3);
  CHECK(layer.compute_output_shape(Shape{None, 3}) == Shape{None, 3});
}

TEST_CASE("such layers are built by their shapes, in a Sequential and in a graph") {
  const Sequential chain({Input({.shape = {4}}), Residual(4), Dense({.units = 2})});
  CHECK(chain.weights().size() == 5);
  CHECK(chain.outputs().single().shape() == Shape{None, 2});
  const auto x = Input({.shape = {4}});
  const Residual shared(4);
  const Functional graph(x, shared(shared(x)));
  CHECK(graph.weights().size() == 3);
  CHECK(graph(ones({2, 4})).to_vector() == shared(shared(ones({2, 4}))).to_vector());
  CHECK_THROWS_AS(Residual(3)(Input({.shape = {4}})), ValueError);  // 3 and 4 cannot be added
}

TEST_CASE("a model of one's own is built by its first call, and has its layers by name") {
  clear_session();
  const Autoencoder model(5);
  CHECK(model.name() == "autoencoder");
  CHECK(!model.is_built());
  CHECK(model(ones({3, 5})).shape() == Shape{3, 5});
  CHECK(model.layers().size() == 2);
  CHECK(model.get_layer("dense").as<Dense>() != nullptr);
  CHECK(model.count_params() == 5 * 2 + 2 + 2 * 5 + 5);
  CHECK(model.compute_output_shape(Shape{None, 5}) == Shape{None, 5});
  CHECK(model.losses().size() == 1);
  const Autoencoder built(5);
  built.build(Shape{None, 5});
  CHECK(built.count_params() == model.count_params());
  CHECK_THROWS_AS(model.outputs(), StateError);
  const Crossed crossed;
  const Tensors y = crossed({ones({2, 4}), ones({2, 6})});
  CHECK(y[0].shape() == Shape{2, 3});
  CHECK(y[1].shape() == Shape{2, 1});
  CHECK(crossed.compute_output_shape(Shapes{{None, 4}, {None, 6}}) == Shapes{{None, 3}, {None, 1}});
}

TEST_CASE("a class that does not say what it is can be called, but is no part of a graph") {
  clear_session();
  const Crossed crossed;
  const auto x = Input({.shape = {2}});
  CHECK_THROWS_WITH_AS(crossed({x, x}),
      "StateError: crossed: Crossed cannot be part of a graph; let its self() say: return *this", StateError);
  CHECK(Layer::connect(crossed, {x, x})[1].shape() == Shape{None, 1});
}
