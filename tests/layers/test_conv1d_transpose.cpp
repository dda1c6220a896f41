// Conv1DTranspose: the values of its documentation, one by one, and what it refuses.
#include <doctest/doctest.h>

#include <functional>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/registry.hpp>

using namespace xtape;

namespace {

using Config = Conv1DTranspose::Config;
using Numbers = std::vector<double>;

/// What comes of x = {1, 10}, one channel, and the kernel {1, 2, ..., kernel_size}.
Numbers answer(Config config) {
  config.filters = 1;
  const Conv1DTranspose layer(config);
  layer.build(Shape{None, None, 1});
  const Index taps = config.kernel_size;
  layer.set_weights({reshape(arange(1, static_cast<double>(taps) + 1), {taps, 1, 1}), zeros({1})});
  return layer(reshape(Tensor{1.0, 10.0}, {1, 2, 1})).to_vector();
}

std::string error_of(const Config& config) {
  try {
    const Conv1DTranspose layer(config);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("valid padding keeps every step that is reached, and fills up to a whole stride") {
  CHECK(answer({.kernel_size = 3, .strides = 2}) == Numbers{1, 2, 13, 20, 30});
  CHECK(answer({.kernel_size = 2, .strides = 3}) == Numbers{1, 2, 0, 10, 20, 0});
  CHECK(answer({.kernel_size = 2, .strides = 3, .output_padding = 0}) == Numbers{1, 2, 0, 10, 20});
  CHECK(answer({.kernel_size = 3, .strides = 2, .output_padding = 1}) == Numbers{1, 2, 13, 20, 30, 0});
  CHECK(answer({.kernel_size = 3, .dilation_rate = 2}) == Numbers{1, 10, 2, 20, 3, 30});
}

TEST_CASE("same padding makes a sequence strides times longer, and crops the smaller half on the left") {
  CHECK(answer({.kernel_size = 3, .strides = 2, .padding = "same"}) == Numbers{1, 2, 13, 20});
  CHECK(answer({.kernel_size = 4, .strides = 2, .padding = "same"}) == Numbers{2, 13, 24, 30});
  CHECK(answer({.kernel_size = 2, .padding = "same"}) == Numbers{1, 12});
  CHECK(answer({.kernel_size = 3, .padding = "same", .dilation_rate = 2}) == Numbers{2, 20});
}

TEST_CASE("an output_padding of 0 is not an absent one, and with same padding it moves the left edge") {
  CHECK(
      answer({.kernel_size = 3, .strides = 2, .padding = "same", .output_padding = 0}) == Numbers{2, 13, 20});
  CHECK(answer({.kernel_size = 3, .strides = 2, .padding = "same", .output_padding = 1}) ==
        Numbers{1, 2, 13, 20});
  CHECK(answer({.kernel_size = 5, .strides = 2, .padding = "same", .output_padding = 1}) ==
        Numbers{2, 13, 24, 35});
  CHECK(
      answer({.kernel_size = 4, .strides = 2, .padding = "same", .output_padding = 1}) == Numbers{2, 13, 24});
  CHECK(answer({.kernel_size = 4, .strides = 2, .padding = "same", .output_padding = 0}) == Numbers{13, 24});
  CHECK(answer({.kernel_size = 2, .padding = "same", .output_padding = 0}) == Numbers{12});
}

TEST_CASE(
    "arguments that Keras refuses are refused when the layer is made, with what was expected and what came") {
  const std::string owner = "ValueError: Conv1DTranspose: ";
  CHECK(error_of({.filters = 0, .kernel_size = 3}) ==
        owner + "filters must be a positive integer (received filters=0)");
  CHECK(error_of({.filters = 1}) == owner + "kernel_size must be at least 1 (received kernel_size=0)");
  CHECK(error_of({.filters = 1, .kernel_size = {3, 3}}) ==
        owner + "kernel_size must be an integer or a tuple of 1 integer (received a tuple of 2)");
  CHECK(error_of({.filters = 1, .kernel_size = 3, .strides = 0}) ==
        owner + "strides must be at least 1 (received strides=0)");
  CHECK(error_of({.filters = 1, .kernel_size = 3, .dilation_rate = -1}) ==
        owner + "dilation_rate must be at least 1 (received dilation_rate=-1)");
  CHECK(error_of({.filters = 1, .kernel_size = 3, .padding = "causal"}) ==
        owner + "padding must be \"valid\" or \"same\" (received padding=\"causal\")");
  CHECK(error_of({.filters = 1, .kernel_size = 3, .strides = 2, .output_padding = 2}) ==
        owner + "output_padding must be less than strides (received output_padding=2, strides=2)");
  CHECK(error_of({.filters = 1, .kernel_size = 3, .output_padding = -1}) ==
        owner + "output_padding must be at least 0 (received output_padding=-1)");
  CHECK(
      error_of({.filters = 1, .kernel_size = 3, .data_format = "NHWC"}) ==
      owner + "data_format must be \"channels_last\" or \"channels_first\" (received data_format=\"NHWC\")");
  CHECK(
      error_of({.filters = 1, .kernel_size = 3, .strides = 2, .dilation_rate = 2}) ==
      owner + "strides > 1 cannot go together with dilation_rate > 1 (received strides=2, dilation_rate=2)");
  CHECK(error_of({.filters = 1, .kernel_size = Index{1} << 40}) ==
        owner + "kernel_size must be less than 2^31 (received kernel_size=1099511627776)");
}

TEST_CASE("padding and data_format may be written in any case, and are kept in Keras's") {
  const Conv1DTranspose layer(
      {.filters = 1, .kernel_size = 1, .padding = "SaMe", .data_format = "Channels_First"});
  CHECK(layer.get_config()["padding"] == "same");
  CHECK(layer.get_config()["data_format"] == "channels_first");
  CHECK(layer.get_config()["output_padding"].is_null());
  CHECK(Conv1DTranspose({.filters = 1, .kernel_size = 1, .strides = 3, .output_padding = 2})
            .get_config()["output_padding"] == Json::array({2}));
}

TEST_CASE("inputs of no steps and outputs of no steps are answered") {
  const Conv1DTranspose same({.filters = 2, .kernel_size = 3, .padding = "same"});
  CHECK(same(ones({2, 0, 3})).shape() == Shape{2, 0, 2});
  const Conv1DTranspose valid({.filters = 2, .kernel_size = 3, .bias_initializer = "ones"});
  CHECK(valid(ones({1, 0, 3})).to_vector() == Numbers{1, 1, 1, 1});  // nothing but the bias
  const Conv1DTranspose even({.filters = 2, .kernel_size = 2, .padding = "same", .output_padding = 0});
  CHECK(even(ones({2, 1, 3})).shape() == Shape{2, 0, 2});
  const Conv1DTranspose negative(
      {.filters = 2, .kernel_size = 2, .strides = 3, .padding = "same", .output_padding = 0});
  CHECK_THROWS_AS(negative(ones({2, 0, 3})), ValueError);
  CHECK(negative(ones({2, 2, 3})).shape() == Shape{2, 3, 2});
}

TEST_CASE("channels_first is channels_last turned, also for an activation along an axis") {
  // softmax goes along the last axis of what the user sees: the steps.
  const Conv1DTranspose layer(
      {.filters = 2, .kernel_size = 2, .data_format = "channels_first", .activation = "softmax"});
  const std::vector<double> y = layer(ones({1, 3, 2})).to_vector();
  CHECK(y[0] + y[1] + y[2] == doctest::Approx(1));
  CHECK(y[3] + y[4] + y[5] == doctest::Approx(1));
}

TEST_CASE("the layer goes by Keras's other name too") {
  const AnyLayer layer = make_layer("Convolution1DTranspose", {{"filters", 2}, {"kernel_size", 3}});
  CHECK(layer->type_name() == "Conv1DTranspose");
  CHECK(layer.as<Convolution1DTranspose>() != nullptr);
  CHECK(make_layer("Convolution1D", {{"filters", 2}, {"kernel_size", 3}})->type_name() == "Conv1D");
}

TEST_CASE("Conv1D gives the values of its documentation") {
  const Tensor x = reshape(Tensor{1.0, 2.0, 3.0, 4.0}, {1, 4, 1});
  const auto of = [&](const char* padding) {
    const Conv1D layer({.filters = 1, .kernel_size = 3, .padding = padding});
    layer.build(Shape{None, None, 1});
    layer.set_weights({reshape(Tensor{1.0, 10.0, 100.0}, {3, 1, 1}), zeros({1})});
    return layer(x).to_vector();
  };
  CHECK(of("valid") == Numbers{321, 432});
  CHECK(of("same") == Numbers{210, 321, 432, 43});
  CHECK(of("CAUSAL") == Numbers{100, 210, 321, 432});
}

TEST_CASE("Conv1D refuses inputs in which no window fits, as Keras does") {
  const Conv1D layer({.filters = 1, .kernel_size = 6, .name = "c"});
  CHECK_THROWS_AS(layer(ones({1, 4, 2})), ValueError);
  CHECK_THROWS_AS(layer.compute_output_shape(Shape{1, 4, 2}), ValueError);
  CHECK(layer.compute_output_shape(Shape{1, 5, 2}) == Shape{1, 0, 1});  // Keras: less than 0 is refused here
  CHECK_THROWS_AS(layer(ones({1, 5, 2})), ValueError);
  CHECK(layer(ones({1, 6, 2})).shape() == Shape{1, 1, 1});
  CHECK_THROWS_AS(Conv1D({.filters = 3, .kernel_size = 1, .groups = 2}), ValueError);
  CHECK_THROWS_AS(Conv1D({.filters = 2, .kernel_size = 1, .groups = 2}).build(Shape{None, 5, 3}), ValueError);
}
