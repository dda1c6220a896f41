#include <cmath>

#include <doctest/doctest.h>

#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/activation_layers.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/concatenate.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/cropping1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/depthwise_conv1d.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/global_pooling1d.hpp>
#include <xtape/layers/identity.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/merging.hpp>
#include <xtape/layers/pooling1d.hpp>
#include <xtape/layers/prelu.hpp>
#include <xtape/layers/reach.hpp>
#include <xtape/layers/rescaling.hpp>
#include <xtape/layers/rms_normalization.hpp>
#include <xtape/layers/separable_conv1d.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/layers/spatial_dropout1d.hpp>
#include <xtape/layers/unit_normalization.hpp>
#include <xtape/layers/up_sampling1d.hpp>
#include <xtape/layers/zero_padding1d.hpp>

#include "property.hpp"

using namespace xtape;
using xtape::testing::check_property;
using xtape::testing::Draw;

namespace {

std::string one_of(const Draw& draw, const std::vector<std::string>& names) {
  return names[static_cast<std::size_t>(draw.number(0, static_cast<Index>(names.size()) - 1))];
}

/// Derived from Merge, but not step by step.
class Centred final : public Merge {
 public:
  Centred() : Merge("Centred", Config{}) {}
  std::string_view type_name() const override { return "Centred"; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors&) const override {
    return subtract(inputs[0], mean(inputs[1], {1}, true));
  }
};

/// A layer that works along the steps, or step by step.
AnyLayer draw_layer(const Draw& draw) {
  const Index kernel = draw.number(1, 5), strides = draw.number(1, 3), channels = draw.number(1, 3);
  const Index dilation = strides == 1 ? draw.number(1, 3) : 1;
  switch (draw.number(0, 13)) {
    case 0:
    case 1:
      return Conv1D({.filters = channels,
          .kernel_size = kernel,
          .strides = strides,
          .padding = one_of(draw, {"same", "valid", "causal"}),
          .dilation_rate = dilation,
          .activation = "tanh"});
    case 2:
    case 3: {
      std::optional<Tuple1> output_padding;
      if (draw.coin()) output_padding = draw.number(0, strides - 1);
      return Conv1DTranspose({.filters = channels,
          .kernel_size = kernel,
          .strides = strides,
          .padding = one_of(draw, {"same", "valid"}),
          .output_padding = output_padding,
          .dilation_rate = dilation});
    }
    case 4:
      return MaxPooling1D(
          {.pool_size = kernel, .strides = strides, .padding = one_of(draw, {"same", "valid"})});
    case 5:
      return AveragePooling1D(
          {.pool_size = kernel, .strides = strides, .padding = one_of(draw, {"same", "valid"})});
    case 6:
      return UpSampling1D({.size = strides});
    case 7:
      return ZeroPadding1D({.padding = {draw.number(0, 4), draw.number(0, 4)}});
    case 8:
      return Cropping1D({.cropping = {draw.number(0, 4), draw.number(0, 4)}});
    case 9:
      return Dense({.units = channels, .activation = "softmax"});
    case 10:
      return LayerNormalization();
    case 11:
      return DepthwiseConv1D({.kernel_size = kernel, .strides = strides, .padding = "same"});
    case 12:
      return SeparableConv1D({.filters = channels, .kernel_size = kernel, .padding = "valid"});
    default:
      return Activation({.activation = "gelu"});
  }
}

/// Some layers one after the other, or branches that meet again.
Sequential draw_model(const Draw& draw) {
  std::vector<AnyLayer> layers{Input({.shape = {None, 2}, .dtype = DType::float64})};
  for (Index i = draw.number(1, 5); i > 0; --i) layers.push_back(draw_layer(draw));
  return Sequential(layers);
}

Functional draw_branches(const Draw& draw) {
  const KerasTensors x = Input({.shape = {None, 2}, .dtype = DType::float64});
  const auto branch = [&] {
    const Index strides = draw.number(1, 3);
    const KerasTensors low =
        Conv1D({.filters = 2, .kernel_size = draw.number(1, 4), .strides = strides, .padding = "same"})(x);
    return Conv1DTranspose(
        {.filters = 2, .kernel_size = draw.number(1, 4), .strides = strides, .padding = "same"})(low);
  };
  const KerasTensors a = branch();
  return Functional(x, draw.coin() ? Add()({a, x}) : Concatenate()({x, a}));
}

/// "" when every stretch of the output that a window decides is what the whole input gives.
std::string compare_with_windows(const Layer& model, Index steps, const Draw& draw, Index& compared) {
  const std::optional<Reach> reach = model.reach({{None, steps, 2}}, false);
  if (!reach) return "no reach";
  const Tensor x = random_normal({2, steps, 2}, 0, 1, {.dtype = DType::float64});
  const Index periods = steps / reach->period;
  const Index before = draw.number(0, periods / 2), after = draw.number(0, periods / 2);
  const Index first = before * reach->period, last = steps - after * reach->period;
  if (last - first < 30) return "";  // some layers want a few steps
  const Tensor y = model(x), part = model(slice(x, 1, first, last), {.first_step = first});
  const Index offset = first * reach->up / reach->down;
  if (first * reach->up % reach->down != 0) return "the period is no whole number of outputs";
  if (y.dim(1) - part.dim(1) != (steps - (last - first)) * reach->up / reach->down) return "another length";
  for (Index t = 0; t < y.dim(1); ++t) {
    const bool begins = before == 0 || reach->first_input(t) >= first;
    const bool ends = after == 0 || reach->last_input(t) < last;
    if (!begins || !ends) continue;
    if (t < offset || t >= offset + part.dim(1)) return concat("step ", t, " is missing");
    ++compared;
    for (Index c = 0; c < y.dim(2); ++c)
      if (std::abs(y.at({1, t, c}) - part.at({1, t - offset, c})) > 1e-12)
        return concat("step ", t, " differs");
  }
  return "";
}

std::optional<Reach> reach_of(
    const AnyLayer& layer, const Shape& shape = {None, 20, 4}, bool training = false) {
  layer->build(shape);
  return layer->reach({shape}, training);
}

}  // namespace

TEST_CASE("windows of the input give the output where its reach lies within them") {
  set_default_dtype(DType::float64);
  Index compared = 0;
  check_property("chains of layers", 400, [&](const Draw& draw) {
    const Sequential model = draw_model(draw);
    const Index steps = draw.number(30, 90);
    try {
      model(ones({1, 30, 2}, DType::float64));
    } catch (const ValueError&) {
      return std::string();  // layers that leave too few steps to each other
    }
    return compare_with_windows(model, steps, draw, compared);
  });
  CHECK(compared > 3000);
  compared = 0;
  check_property("branches that meet", 60, [&](const Draw& draw) {
    return compare_with_windows(draw_branches(draw), 6 * draw.number(8, 15), draw, compared);
  });
  CHECK(compared > 600);
  set_default_dtype(DType::float32);
}

TEST_CASE("the reach of a layer is no longer than it must be") {
  CHECK(*reach_of(Conv1D({.filters = 1, .kernel_size = 3})) == Reach{.first = 0, .last = 2});
  CHECK(*reach_of(Conv1D({.filters = 1, .kernel_size = 3, .padding = "causal", .dilation_rate = 4})) ==
        Reach{.first = -8, .last = 0});
  CHECK(*reach_of(Conv1D({.filters = 1, .kernel_size = 7, .strides = 2, .padding = "same"})) ==
        Reach{.down = 2, .first = -2, .last = 4, .period = 2});
  const Reach up =
      *reach_of(Conv1DTranspose({.filters = 1, .kernel_size = 7, .strides = 2, .padding = "same"}));
  CHECK(up.first_input(10) == 3);  // taps 6, 4, 2 and 0 of steps 3 to 6
  CHECK(up.last_input(10) == 6);
  CHECK(up.first_input(11) == 4);  // taps 5, 3 and 1
  CHECK(up.last_input(11) == 6);
  const Sequential halves_and_doubles(
      {Conv1D({.filters = 1, .kernel_size = 1, .strides = 2, .padding = "same"}), UpSampling1D({.size = 2})});
  CHECK(*reach_of(halves_and_doubles) == Reach{.first = -1, .last = 0, .period = 2});
}

TEST_CASE("layers that may look at all steps have no reach") {
  const auto squares = [](const Tensor& x) { return multiply(x, x); };
  CHECK(reach_of(Activation({.activation = "relu"})));
  CHECK_FALSE(reach_of(Activation({.activation = squares})));  // nobody knows what a function does
  CHECK_FALSE(reach_of(Dense({.units = 2, .activation = squares})));
  CHECK_FALSE(reach_of(Conv1D({.filters = 2, .kernel_size = 1, .activation = squares})));
  CHECK_FALSE(reach_of(Conv1DTranspose({.filters = 2, .kernel_size = 1, .activation = squares})));
  CHECK_FALSE(reach_of(Activation({.activation = activations::Softmax({.axis = 1})})));
  CHECK_FALSE(reach_of(Softmax({.axis = 1})));
  CHECK_FALSE(reach_of(Softmax({.axis = {1, 2}})));
  CHECK_FALSE(reach_of(Softmax({.axis = Axes()})));
  CHECK(reach_of(Softmax()));
  CHECK_FALSE(reach_of(Conv1D({.filters = 2, .kernel_size = 1, .data_format = "channels_first"})));
  CHECK_FALSE(reach_of(MaxPooling1D({.data_format = "channels_first"})));
  CHECK_FALSE(reach_of(ZeroPadding1D({.data_format = "channels_first"})));
  CHECK_FALSE(reach_of(Conv1D({.filters = 2, .kernel_size = 1, .activity_regularizer = "l2"})));
  CHECK(reach_of(Dropout({.rate = 0.5})));
  CHECK_FALSE(reach_of(Dropout({.rate = 0.5, .noise_shape = Shape{None, 1, None}})));
  CHECK_FALSE(reach_of(SpatialDropout1D({.rate = 0.5})));
  CHECK(reach_of(GaussianNoise({.stddev = 1})));
  CHECK(reach_of(BatchNormalization()));
  CHECK_FALSE(reach_of(BatchNormalization(), {None, 20, 4}, true));
  CHECK_FALSE(reach_of(BatchNormalization({.axis = 1})));
  CHECK_FALSE(reach_of(LayerNormalization({.axis = {1, 2}})));
  CHECK_FALSE(reach_of(LayerNormalization({.axis = 3}), {None, 5, 20, 4}));
  CHECK_FALSE(reach_of(BatchNormalization({.axis = 3}), {None, 5, 20, 4}));
  CHECK(reach_of(Rescaling({.scale = Tensor{1.0, 2.0, 3.0, 4.0}})));
  CHECK_FALSE(reach_of(Rescaling({.scale = ones({20, 1})})));
  CHECK_FALSE(reach_of(Rescaling({.scale = 2, .offset = ones({20, 4})})));
  CHECK_FALSE(reach_of(RMSNormalization({.axis = {1}})));
  CHECK(reach_of(UnitNormalization()));
  CHECK_FALSE(reach_of(UnitNormalization({.axis = 1})));
  CHECK_FALSE(reach_of(PReLU()));
  CHECK(reach_of(PReLU({.shared_axes = std::vector<Index>{1}})));
  CHECK_FALSE(reach_of(LSTM({.units = 2, .return_sequences = true})));
  CHECK_FALSE(reach_of(Flatten()));
  CHECK_FALSE(reach_of(GlobalAveragePooling1D()));
  CHECK_FALSE(reach_of(Dense({.units = 2}), {None, 4}));
  CHECK_FALSE(Concatenate({.axis = 1}).reach({{None, 20, 4}, {None, 20, 4}}, false));
  CHECK(Add().reach({{None, 20, 4}, {None, 20, 4}}, false));
  CHECK_FALSE(Centred().reach({{None, 20, 4}, {None, 20, 4}}, false));
  CHECK_FALSE(Add().reach({{None, 20, 4}, {None, 1, 4}}, false));
  CHECK_FALSE(reach_of(
      Sequential({Identity(), Rescaling({.scale = 2}), LSTM({.units = 2, .return_sequences = true})})));
}

TEST_CASE("windows draw numbers of their own, again and again the same") {
  const Dropout dropout({.rate = 0.5});
  const GaussianNoise noise({.stddev = 1});
  const Tensor x = ones({1, 100, 2});
  const auto draw = [&](const Layer& layer, std::optional<Index> first_step) {
    return layer(x, {.training = true, .step = 3, .first_step = first_step}).to_vector();
  };
  for (const Layer* layer : {static_cast<const Layer*>(&dropout), static_cast<const Layer*>(&noise)}) {
    CHECK((draw(*layer, 40) == draw(*layer, 40)));
    CHECK((draw(*layer, 40) != draw(*layer, 0)));
    CHECK((draw(*layer, 40) != draw(*layer, 80)));
  }
}

TEST_CASE("reaches that become too long are none") {
  Reach wide{.first = -(Index{1} << 28), .last = Index{1} << 28};
  CHECK(then(wide, wide));
  CHECK_FALSE(then(then(wide, wide), then(wide, wide)));
  CHECK_FALSE(both(Reach{.up = 2}, Reach{}));
  CHECK(*both(Reach{.up = 2, .down = 2, .first = 2, .last = 5}, Reach{.first = -1, .last = 1}) ==
        Reach{.first = -1, .last = 2});
}
