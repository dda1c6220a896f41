// Pooling over windows and over all steps.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/global_pooling1d.hpp>
#include <xtape/layers/pooling1d.hpp>

using namespace xtape;

namespace {

using Values = std::vector<double>;

/// Keras's pooling, window by window.
Tensor naive_pool(const Tensor& x, Index pool_size, Index strides, bool same, bool is_max) {
  const Index batch = x.dim(0), steps = x.dim(1), channels = x.dim(2);
  const Index windows = same ? (steps + strides - 1) / strides : (steps - pool_size) / strides + 1;
  const Index missing = same ? std::max<Index>((windows - 1) * strides + pool_size - steps, 0) : 0;
  Values y;
  for (Index n = 0; n < batch; ++n)
    for (Index t = 0; t < windows; ++t)
      for (Index c = 0; c < channels; ++c) {
        double largest = -std::numeric_limits<double>::infinity(), total = 0, count = 0;
        for (Index k = 0; k < pool_size; ++k) {
          const Index i = t * strides + k - missing / 2;
          if (i < 0 || i >= steps) continue;
          largest = std::max(largest, x.at({n, i, c}));
          total += x.at({n, i, c}), count += 1;
        }
        y.push_back(is_max ? largest : total / count);
      }
  return Tensor::from(y, {batch, windows, channels});
}

}  // namespace

TEST_CASE("pooling layers agree with windows taken one by one") {
  const Tensor x = random_uniform({2, 7, 3}, -1, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  for (const Index pool_size : {1, 2, 3, 5, 7})
    for (const Index strides : {1, 2, 3, 9})
      for (const char* padding : {"valid", "same"}) {
        const MaxPooling1D::Config config{
            .pool_size = pool_size, .strides = strides, .padding = padding, .dtype = DType::float64};
        const bool same = std::string(padding) == "same";
        const Tensor largest = MaxPooling1D(config)(x), means = AveragePooling1D(config)(x);
        const Tensor expected = naive_pool(x, pool_size, strides, same, true);
        CHECK(largest.shape() == expected.shape());
        CHECK(largest.to_vector() == expected.to_vector());
        const Values wanted = naive_pool(x, pool_size, strides, same, false).to_vector(),
                     got = means.to_vector();
        REQUIRE(got.size() == wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i)
          CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(1e-14));
      }
}

TEST_CASE("pooling layers have Keras's defaults and refuse what makes no sense") {
  const MaxPooling1D layer({.pool_size = 3});
  CHECK(layer.get_config()["strides"] == Json::array({3}));
  CHECK(layer.compute_output_shape(Shape{None, None, 2}) == Shape{None, None, 2});
  CHECK(layer.compute_output_shape(Shape{None, 8, 2}) == Shape{None, 2, 2});
  CHECK(AvgPool1D({.pool_size = {2}})(Tensor{1.0, 5.0, 2.0, 3.0}.view_as({1, 4, 1})).to_vector() ==
        Values{3, 2.5});
  CHECK_THROWS_WITH_AS(MaxPooling1D({.pool_size = 0}),
      "ValueError: MaxPooling1D: pool_size must be at least 1 (received pool_size=0)", ValueError);
  CHECK_THROWS_AS(MaxPooling1D({.pool_size = 2, .strides = 0}), ValueError);
  CHECK_THROWS_AS(MaxPooling1D({.pool_size = {2, 2}}), ValueError);
  CHECK_THROWS_AS(AveragePooling1D({.padding = "causal"}), ValueError);
  CHECK_THROWS_AS(layer(ones({2, 2, 1})), ValueError);
  CHECK_THROWS_AS(layer(ones({2, 3})), ValueError);
}

TEST_CASE("global pooling takes all steps together, with or without their axis") {
  const Tensor x = {{{1, 10}, {2, 40}, {6, 10}}};
  CHECK(GlobalMaxPooling1D()(x).to_vector() == Values{6, 40});
  CHECK(GlobalAveragePooling1D()(x).to_vector() == Values{3, 20});
  CHECK(GlobalAvgPool1D({.keepdims = true})(x).shape() == Shape{1, 1, 2});
  const GlobalMaxPool1D first({.data_format = "channels_first", .keepdims = true});
  CHECK(first(x).shape() == Shape{1, 3, 1});
  CHECK(first(x).to_vector() == Values{10, 40, 10});
}

TEST_CASE("GlobalAveragePooling1D leaves out what a mask leaves out, whatever stands there") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = {{{1, 10}, {nan, nan}, {6, 30}}, {{4, 4}, {2, 2}, {9, 9}}};
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, true, false, true, false}, {2, 3});
  Tensors masks;
  const GlobalAveragePooling1D layer;
  GradientTape tape;
  tape.watch(x);
  const Tensor y = layer(x, {.masks = {mask}, .output_masks = &masks});
  CHECK(y.to_vector() == Values{3.5, 20, 2, 2});
  CHECK(masks.empty());
  CHECK(tape.gradient(y, x).to_vector() == Values{0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0, 1, 1, 0, 0});
  const GlobalAveragePooling1D first({.data_format = "channels_first"});
  const Tensor turned = {{{1, nan, 6}}, {{4, 2, 9}}};
  CHECK(first(turned, {.masks = {mask}}).to_vector() == Values{3.5, 2});
  const Tensor nothing = Tensor::from(std::vector<bool>(3, false), {1, 3});
  CHECK(std::isnan(layer(ones({1, 3, 1}), {.masks = {nothing}}).item()));
}
