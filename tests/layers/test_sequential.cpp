// Sequential: building, adding, configs, and the summary that Keras prints.
#include <doctest/doctest.h>

#include <sstream>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/sequential.hpp>

#include "autoencoder.hpp"

using namespace xtape;

namespace {

std::string summary_of(const Model& model) {
  std::ostringstream out;
  model.summary(out);
  return out.str();
}

}  // namespace

TEST_CASE("a Sequential with an Input is built at once, one without by its first call") {
  const Sequential with({Input({.shape = {4}}), Dense({.units = 3}), Dense({.units = 2})});
  CHECK(with.is_built());
  CHECK(with.count_params() == 23);
  CHECK(with.layers().size() == 2);
  CHECK(*with.input_shape() == Shape{None, 4});
  const Sequential without({Dense({.units = 3})});
  CHECK(!without.is_built());
  CHECK(without(ones({5, 4})).shape() == Shape{5, 3});
  CHECK(*without.input_shape() == Shape{None, 4});
  const Sequential first_knows({Dense({.units = 3, .input_shape = Shape{4}})});
  CHECK(first_knows.is_built());
  CHECK(with.compute_output_shape(Shape{None, 4}) == Shape{None, 2});
}

TEST_CASE("layers can be added and taken away, and one that does not fit is not added") {
  const Sequential model({Input({.shape = {6, 2}}), Conv1D({.filters = 3, .kernel_size = 3, .name = "c"})});
  CHECK_THROWS_AS(model.add(Conv1D({.filters = 1, .kernel_size = 9})), ValueError);
  CHECK_THROWS_AS(model.add(Dense({.units = 1, .name = "c"})), ValueError);
  CHECK_THROWS_AS(model.add(Input({.shape = {2}})), ValueError);
  CHECK(model.layers().size() == 1);
  model.add(Dense({.units = 5}));
  CHECK(model(ones({1, 6, 2})).shape() == Shape{1, 4, 5});
  model.pop();
  CHECK(model(ones({1, 6, 2})).shape() == Shape{1, 4, 3});
  CHECK(model.weights().size() == 2);
  const Sequential grown;
  grown.add(Input({.shape = {4}}));
  grown.add(Dense({.units = 2}));
  CHECK(grown.is_built());
  CHECK_THROWS_AS(Sequential().pop(), ValueError);
  CHECK_THROWS_AS(Sequential()(ones({1, 2})), ValueError);
}

TEST_CASE("a Sequential refuses inputs that its Input does not allow") {
  const Sequential model({Input({.shape = {4, 1}}), Conv1D({.filters = 1, .kernel_size = 2})}, "m");
  CHECK_THROWS_WITH_AS(model(ones({2, 5, 1})),
      "ValueError: m: the input must have shape (None, 4, 1) (received (2, 5, 1))", ValueError);
}

TEST_CASE("a Sequential comes back from its config, nested ones too") {
  const Sequential inner({Dense({.units = 3, .activation = "relu"})}, "inner");
  const Sequential model(
      {Input({.shape = {4}}), inner, Dropout({.rate = 0.5}), Dense({.units = 2})}, "outer");
  const AnyLayer twin = layer_from_json(Json::parse(model.to_json()));
  CHECK(twin->name() == "outer");
  CHECK(twin->get_config() == model.get_config());
  twin->set_weights(model.get_weights());
  const Tensor x = {{1.0, -2.0, 3.0, 0.5}};
  CHECK((*twin)(x).to_vector() == model(x).to_vector());
  CHECK(model.weights().size() == 4);
  model.set_trainable(false);
  CHECK(inner.trainable_weights().empty());
}

TEST_CASE("layers are found by name and place") {
  const Sequential model({Dense({.units = 3, .name = "a"}), Dense({.units = 2, .name = "b"})}, "m");
  CHECK(model.get_layer("b")->name() == "b");
  CHECK(model.get_layer(0)->name() == "a");
  CHECK_THROWS_WITH_AS(
      model.get_layer("c"), "ValueError: m: there is no layer \"c\"; there are: a, b", ValueError);
  CHECK_THROWS_AS(model.get_layer(2), ValueError);
}

TEST_CASE("the summary is the table that Keras prints") {
  clear_session();
  const Sequential model = xtape::testing::autoencoder();
  CHECK(summary_of(model) == R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ conv1d (Conv1D)                      │ (None, 144, 32)             │             256 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dropout (Dropout)                    │ (None, 144, 32)             │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv1d_1 (Conv1D)                    │ (None, 72, 16)              │           3,600 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv1d_transpose (Conv1DTranspose)   │ (None, 144, 16)             │           1,808 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dropout_1 (Dropout)                  │ (None, 144, 16)             │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv1d_transpose_1 (Conv1DTranspose) │ (None, 288, 32)             │           3,616 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv1d_transpose_2 (Conv1DTranspose) │ (None, 288, 1)              │             225 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 9,505 (37.13 KB)
 Trainable params: 9,505 (37.13 KB)
 Non-trainable params: 0 (0.00 B)
)");
}

TEST_CASE("the summary breaks long names between words, and says what is not built") {
  const Sequential model({Dense({.units = 3, .name = "a_dense_layer_with_a_long_name_and_more"})}, "m");
  CHECK(summary_of(model) == R"(Model: "m"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ a_dense_layer_with_a_long_name_and_… │ ?                           │     0 (unbuilt) │
│ (Dense)                              │                             │                 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
)");
}
