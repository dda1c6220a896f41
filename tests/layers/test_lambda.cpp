// Lambda, Identity, Rescaling.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/identity.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/lambda.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/rescaling.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;
const Tensor x = {{1, 2}, {3, 4}};

}  // namespace

TEST_CASE("a Lambda is any function of one input or of several, with or without the call's options") {
  CHECK(Lambda([](const Tensor& t) { return square(t); })(x).to_vector() == Values{1, 4, 9, 16});
  const Lambda first_minus_last([](const Tensors& t) { return subtract(t.front(), t.back()); });
  CHECK(first_minus_last(Tensors{x, ones({2, 2})})[0].to_vector() == Values{0, 1, 2, 3});
  const Lambda twice_in_training(
      [](const Tensor& t, const CallOptions& o) { return o.training ? t * 2 : t; });
  CHECK(twice_in_training(x, {.training = true}).to_vector() == Values{2, 4, 6, 8});
  CHECK(twice_in_training(x).to_vector() == x.to_vector());
  const Lambda both([](const Tensor& t) { return Tensors{t, -t}; });
  CHECK(both(Tensors{x}).size() == 2);
  CHECK_THROWS_AS(Lambda([](const Tensor& t) { return t; })(Tensors{x, x}), ValueError);
  CHECK_THROWS_AS(Lambda(LambdaFunction{}), ValueError);
}

TEST_CASE("gradients pass through a Lambda") {
  GradientTape tape;
  tape.watch(x);
  const Tensor y = Lambda([](const Tensor& t) { return square(t); })(x);
  CHECK(tape.gradient(y, x).to_vector() == Values{2, 4, 6, 8});
}

TEST_CASE("the shape of a Lambda's output is found by trying, or is given") {
  const Lambda mean_over_steps([](const Tensor& t) { return mean(t, 1); });
  CHECK(mean_over_steps.compute_output_shape(Shape{None, None, 4}) == Shape{None, 4});
  CHECK(mean_over_steps.compute_output_shape(Shape{2, 3, 4}) == Shape{2, 4});
  const Lambda flat([](const Tensor& t) { return reshape(t, {t.dim(0), -1}); });
  CHECK(flat.compute_output_shape(Shape{None, None, 4}) == Shape{None, None});
  const Lambda given({.function = [](const Tensor& t) { return t; }, .output_shape = Shape{7}});
  CHECK(given.compute_output_shape(Shape{None, 3}) == Shape{None, 7});
  const Sequential model({Input({.shape = {3, 4}}), mean_over_steps, Dense({.units = 2})});
  CHECK(model.count_params() == 10);
}

TEST_CASE("a Lambda's mask is what its mask function says") {
  const Tensor mask = Tensor::from(std::vector<bool>{true, false});
  Tensors masks;
  const auto same = [](const Tensor& t) { return t; };
  const Lambda plain(same);
  plain(x, {.masks = {mask}, .output_masks = &masks});
  CHECK(masks.empty());
  const Lambda passes(
      {.function = same, .mask = [](const Tensors&, const CallOptions& o) { return o.masks; }});
  passes(x, {.masks = {mask}, .output_masks = &masks});
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].to_vector() == Values{1, 0});
}

TEST_CASE("training does not cut a batch that a Lambda may look at as a whole") {
  const auto centre = [](const Tensor& t) { return subtract(t, mean(t, 0, true)); };
  CHECK(Lambda(centre).mixes_samples(true));
  CHECK(!Lambda({.function = centre, .mixes_samples = false}).mixes_samples(true));
}

TEST_CASE("a Lambda goes through a config under a registered name, and is refused without") {
  const Lambda nameless([](const Tensor& t) { return t; });
  CHECK_THROWS_WITH_AS(nameless.get_config(),
      "ValueError: Lambda: a function without a name cannot be written to a config; give it one with "
      "register_function",
      ValueError);
  register_function("tests>square", [](const Tensor& t) { return square(t); });
  const Lambda named({.function = "tests>square", .name = "squared"});
  const AnyLayer read = make_layer("Lambda", named.get_config());
  CHECK((*read)(x).to_vector() == Values{1, 4, 9, 16});
  CHECK(read->name() == "squared");
  CHECK_THROWS_AS(LambdaFunction("no such function"), ValueError);
  CHECK_THROWS_AS(make_layer("Lambda", {{"function", 3}}), ValueError);
}

TEST_CASE("Identity passes on what it gets") {
  CHECK(Identity()(x).to_vector() == x.to_vector());
  CHECK(Identity()(Tensors{x, x}).size() == 2);
  CHECK(Identity().compute_output_shape(Shapes{{None, 2}, {3}}) == Shapes{{None, 2}, {3}});
}

TEST_CASE("Rescaling multiplies and adds, by numbers or for each channel") {
  CHECK(Rescaling({.scale = 0.5, .offset = -1})(x).to_vector() == Values{-0.5, 0, 0.5, 1});
  CHECK(Rescaling({.scale = Tensor{1, 10}})(x).to_vector() == Values{1, 20, 3, 40});
  const Tensor bytes = Tensor::from(std::vector<std::int32_t>{0, 255}, {2, 1});
  const Tensor y = Rescaling({.scale = 1 / 127.5, .offset = -1, .dtype = DType::float64})(bytes);
  CHECK(y.dtype() == DType::float64);
  CHECK(y.to_vector() == Values{-1, 255 * (1 / 127.5) - 1});
  const Rescaling layer({.scale = Tensor{1, 10}, .offset = 0.1});
  const Json config = layer.get_config();
  CHECK(config["scale"] == Json::array({1, 10}));
  CHECK(config["offset"] == 0.1);
  CHECK((*make_layer("Rescaling", config))(x).to_vector() == layer(x).to_vector());
  CHECK_THROWS_AS(Rescaling({}), ValueError);
  CHECK_THROWS_AS(layer(ones({2, 3})), ValueError);
  CHECK_THROWS_AS(make_layer("Rescaling", {{"scale", {{1, 2}, {3}}}}), ValueError);
}
