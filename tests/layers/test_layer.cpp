// The life of a layer: names, building, weights, losses, copies.
#include <doctest/doctest.h>

#include <memory>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>

using namespace xtape;

namespace {

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// y = scale * x, as a user writes a layer; it also adds the mean of y to the loss.
class Scale final : public Layer {
 public:
  Scale() : Layer("Scale", "", true, {}) {}
  std::string_view type_name() const override { return "Scale"; }

 protected:
  void build_weights(const Shape& input_shape) const override {
    add_weight(scale_, {.name = "scale", .shape = {input_shape.back()}, .initializer = "ones"});
    add_weight(count_, {.name = "count", .shape = {}, .initializer = "zeros", .trainable = false});
  }
  Tensor call(const Tensor& x, const CallOptions& options) const override {
    const Tensor y = multiply(x, scale_);
    options.add_loss(mean(y));
    return y;
  }

 private:
  Variable scale_, count_;
};

}  // namespace

TEST_CASE("layers without a name are numbered by class, as Keras does") {
  clear_session();
  CHECK(Dense({.units = 1}).name() == "dense");
  CHECK(Dense({.units = 1}).name() == "dense_1");
  CHECK(Conv1DTranspose({.filters = 1, .kernel_size = 1}).name() == "conv1d_transpose");
  CHECK(Dense({.units = 1, .name = "mine"}).name() == "mine");
  CHECK(Dense({.units = 1}).name() == "dense_2");
  clear_session();
  CHECK(Dense({.units = 1}).name() == "dense");
  CHECK(error_of([] { Dense({.units = 1, .name = "a/b"}); }) ==
        "ValueError: Dense: name must not hold a \"/\" (received name=\"a/b\")");
}

TEST_CASE("a layer is built by its first call, and only then has weights") {
  const Dense layer({.units = 3, .name = "d"});
  CHECK(!layer.is_built());
  CHECK(layer.weights().empty());
  CHECK(error_of([&] { layer.count_params(); }) ==
        "StateError: d: count_params needs the weights, and the layer is not built yet");
  layer(ones({2, 4}));
  CHECK(layer.is_built());
  CHECK(layer.count_params() == 15);
  CHECK(layer.kernel().shape() == Shape{4, 3});
  CHECK(layer.weights()[0].path() == "d/kernel");
  const Tensor kernel = layer.kernel().current();
  layer.build(Shape{None, 7});  // does nothing any more
  CHECK(layer.kernel().current().id() == kernel.id());
}

TEST_CASE("a build that fails half-way leaves the layer unbuilt and usable") {
  int calls = 0;
  const Initializer fails_once = [&calls](const Shape& shape, DType dtype) -> Tensor {
    if (++calls == 1) throw ValueError("not today");
    return zeros(shape, dtype);
  };
  const Dense layer({.units = 3, .bias_initializer = fails_once});  // the kernel is made before the bias
  CHECK(error_of([&] { layer(ones({2, 4})); }) == "ValueError: not today");
  CHECK(!layer.is_built());
  CHECK(layer.weights().empty());
  CHECK(layer(ones({2, 5})).shape() == Shape{2, 3});
  CHECK(layer.kernel().shape() == Shape{5, 3});
}

TEST_CASE("wrong inputs are told with owner, expectation and what came") {
  const Dense dense({.units = 3, .name = "d"});
  dense.build(Shape{None, 4});
  CHECK(error_of([&] {
    dense(ones({2, 5}));
  }) == "ValueError: d: axis -1 of the input must have length 4, as when the layer was built (received shape "
        "(2, 5))");
  CHECK(error_of([&] { dense(ones({4})); }) ==
        "ValueError: d: the input must have at least 2 axes (received shape (4,))");
  CHECK(error_of([&] {
    dense(Tensors{ones({2, 4}), ones({2, 4})});
  }) == "ValueError: d: takes one input (received 2)");
  CHECK(error_of([&] {
    dense.set_weights({ones({4, 3})});
  }) == "ValueError: d: set_weights needs 2 tensors (received 1)");
  CHECK(error_of([&] {
    dense.set_weights({ones({4, 3}), ones({4})});
  }) == "ValueError: d: set_weights: \"d/bias\" has shape (3,) (received (4,))");
  CHECK(error_of([&] { dense.weight("kernels"); }) ==
        "ValueError: d: there is no weight \"kernels\"; there are: d/kernel, d/bias");
  CHECK(error_of([] { Dense({.units = -1}); }) ==
        "ValueError: Dense: units must be a positive integer (received units=-1)");
  CHECK(error_of([] { Dense({.units = 1, .dtype = DType::int32}); }).starts_with("TypeError: Dense"));
}

TEST_CASE("a copy of a layer is the same layer") {
  const Dense layer({.units = 2});
  const Dense copy = layer;
  copy(ones({1, 3}));
  CHECK(layer.is_built());
  CHECK(layer == copy);
  CHECK(!(layer == Dense({.units = 2})));
  copy.set_weights({zeros({3, 2}), ones({2})});
  CHECK(layer.bias().value().to_vector() == std::vector<double>{1, 1});
  copy.set_trainable(false);
  CHECK(!layer.trainable());
}

TEST_CASE("freezing a layer moves its weights to the non-trainable ones and stops their gradients") {
  const Dense layer({.units = 2});
  layer.build(Shape{None, 3});
  CHECK(layer.trainable_weights().size() == 2);
  layer.set_trainable(false);
  CHECK(layer.trainable_weights().empty());
  CHECK(layer.non_trainable_weights().size() == 2);
  GradientTape tape;
  const Tensor y = layer(ones({1, 3}));
  CHECK(!tape.gradient(y, layer.kernel().current()));
  layer.set_trainable(true);
  CHECK(layer.trainable_weights().size() == 2);
}

TEST_CASE("a layer of a user's own has weights, some of them not trainable, and adds losses") {
  clear_session();
  const Scale layer;
  CHECK(layer.name() == "scale");
  const Tensor x = {{1.0, 2.0}, {3.0, 4.0}};
  CHECK(layer(x).to_vector() == x.to_vector());
  CHECK(layer.trainable_weights().size() == 1);
  CHECK(layer.non_trainable_weights().size() == 1);
  layer.set_trainable(false);
  layer.set_trainable(true);  // what was never trainable stays so
  CHECK(layer.non_trainable_weights().size() == 1);
  REQUIRE(layer.losses().size() == 1);
  CHECK(layer.losses()[0].item() == 2.5);
  layer(x);
  CHECK(layer.losses().size() == 1);  // those of the last call
  std::vector<Tensor> elsewhere;
  layer(x, {.losses = &elsewhere});
  CHECK(elsewhere.size() == 1);
  CHECK(error_of([&] { layer.get_config(); }) ==
        "ValueError: scale: Scale does not say its arguments; override get_config");
}

TEST_CASE(
    "losses are those of the call, then the penalties of trainable weights; the activity's counts per "
    "sample") {
  using regularizers::L2;
  const Dense layer({.units = 1,
      .kernel_initializer = "ones",
      .kernel_regularizer = L2({.l2 = 0.5}),
      .activity_regularizer = L2({.l2 = 1})});
  layer(Tensor{{1.0, 2.0}, {3.0, 4.0}});  // y = {3, 7}
  REQUIRE(layer.losses().size() == 2);
  CHECK(layer.losses()[0].item() == doctest::Approx((9 + 49) / 2.0));
  CHECK(layer.losses()[1].item() == doctest::Approx(0.5 * 2));
  CHECK(layer.regularization_losses().size() == 1);
  layer.set_trainable(false);
  CHECK(layer.losses().size() == 1);
}

TEST_CASE("penalties are differentiated with what they belong to") {
  const Dense layer({.units = 1,
      .use_bias = false,
      .kernel_initializer = "ones",
      .kernel_regularizer = regularizers::L2({.l2 = 0.5})});
  layer.build(Shape{None, 2});
  GradientTape tape;
  const Tensor loss = add(sum(layer(Tensor{{1.0, 2.0}})), layer.losses().at(0));
  CHECK(tape.gradient(loss, layer.kernel()).to_vector() == std::vector<double>{2, 3});
}

TEST_CASE("what a layer is made of may be given by name, as an object or as a function") {
  const Initializer threes = [](const Shape& shape, DType dtype) { return full(shape, 3, dtype); };
  const Dense layer({.units = 1,
      .activation = [](const Tensor& x) { return multiply(x, 10.0); },
      .kernel_initializer = threes});
  CHECK(layer(ones({1, 1})).item() == 30);
  CHECK(Activation("relu")(Tensor{-1.0, 2.0}).to_vector() == std::vector<double>{0, 2});
  CHECK(Activation({.activation = "tanh"})(Tensor{0.0}).item() == 0);
  CHECK(error_of([] { Dense({.units = 1, .activation = "relux"}); }).find("\"relux\"") != std::string::npos);
  CHECK_THROWS_AS(layer.get_config(), ValueError);  // a plain function cannot be written
}

TEST_CASE("floating inputs are cast to the layer's dtype, and gradients back") {
  const Dense layer({.units = 2, .dtype = DType::float64});
  const Tensor x = ones({1, 3}, DType::float32);
  GradientTape tape;
  tape.watch(x);
  const Tensor y = layer(x);
  CHECK(y.dtype() == DType::float64);
  CHECK(tape.gradient(y, x).dtype() == DType::float32);
}
