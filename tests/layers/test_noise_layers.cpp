// GaussianNoise, GaussianDropout, AlphaDropout, SpatialDropout1D: the distributions of what they do. All bounds are five
// standard errors wide.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/alpha_dropout.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/spatial_dropout1d.hpp>

using namespace xtape;

namespace {

constexpr Index n = 200'000;
const double root_n = std::sqrt(static_cast<double>(n));

struct Moments {
  double mean = 0, variance = 0, kurtosis = 0;
};
Moments moments(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  const double count = static_cast<double>(values.size());
  Moments m;
  for (const double v : values) m.mean += v / count;
  double fourth = 0;
  for (const double v : values) {
    const double square = (v - m.mean) * (v - m.mean);
    m.variance += square / count, fourth += square * square / count;
  }
  m.kurtosis = fourth / m.variance / m.variance;
  return m;
}

/// Whether these are the moments of n normal numbers.
void check_normal(const Tensor& x, double mean, double stddev) {
  const Moments m = moments(x);
  CHECK(std::abs(m.mean - mean) < 5 * stddev / root_n);
  CHECK(std::abs(m.variance / (stddev * stddev) - 1) < 5 * std::sqrt(2.0) / root_n);
  CHECK(std::abs(m.kurtosis - 3) < 5 * std::sqrt(24.0) / root_n);
}

Tensor standard_normal() { return random_normal({n}, 0, 1, {.key = RandomKey{11}, .dtype = DType::float64}); }

}  // namespace

TEST_CASE("GaussianNoise adds normal numbers of the given width") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const double stddev : {0.1, 1.0}) {
      const GaussianNoise layer({.stddev = stddev, .seed = 3, .dtype = dtype});
      check_normal(layer(full({n}, 2, dtype), {.training = true}), 2, stddev);
      CHECK(layer(full({3}, 2, dtype)).to_vector() == std::vector<double>{2, 2, 2});
    }
}

TEST_CASE("GaussianDropout multiplies with normal numbers around 1 of Dropout's variance") {
  for (const double rate : {0.1, 0.5, 0.9}) {
    const GaussianDropout layer({.rate = rate, .seed = 4, .dtype = DType::float64});
    check_normal(
        layer(full({n}, 3, DType::float64), {.training = true}), 3, 3 * std::sqrt(rate / (1 - rate)));
  }
}

TEST_CASE("AlphaDropout leaves a mean of 0 and a variance of 1 as they are") {
  for (const double rate : {0.1, 0.5, 0.8}) {
    const AlphaDropout layer({.rate = rate, .seed = 5, .dtype = DType::float64});
    const Moments m = moments(layer(standard_normal(), {.training = true}));
    CHECK(std::abs(m.mean) < 5 / root_n);
    CHECK(std::abs(m.variance - 1) < 5 * std::sqrt(std::max(m.kurtosis - 1, 1.0)) / root_n);
  }
}

TEST_CASE("AlphaDropout replaces the given fraction by one value, and moves the rest along a line") {
  const double rate = 0.3, s = 1.7580993408473766;
  const double a = 1 / std::sqrt((1 - rate) * (1 + rate * s * s)), b = a * rate * s;
  const Tensor x = standard_normal();
  const auto before = x.to_vector();
  const auto after =
      AlphaDropout({.rate = rate, .seed = 6, .dtype = DType::float64})(x, {.training = true}).to_vector();
  double replaced = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool is_lowest = std::abs(after[i] - (b - a * s)) < 1e-12;
    if (!is_lowest) CHECK(after[i] == doctest::Approx(a * before[i] + b).epsilon(1e-12));
    replaced += is_lowest ? 1 : 0;
  }
  CHECK(std::abs(replaced - rate * n) < 5 * std::sqrt(rate * (1 - rate)) * root_n);
}

TEST_CASE("AlphaDropout shares its mask as noise_shape says") {
  const AlphaDropout layer({.rate = 0.5, .noise_shape = Shape{None, 1, None}, .seed = 1});
  const Tensor y = layer(zeros({4, 5, 8}), {.training = true});
  for (Index i = 0; i < 4; ++i)
    for (Index c = 0; c < 8; ++c)
      for (Index t = 1; t < 5; ++t) CHECK(y.at({i, t, c}) == y.at({i, 0, c}));
}

TEST_CASE("SpatialDropout1D leaves out whole channels of a sample, in the given fraction") {
  const double rate = 0.4;
  const Index samples = 500, channels = 100;
  const Tensor y =
      SpatialDropout1D({.rate = rate, .seed = 2})(ones({samples, 3, channels}), {.training = true});
  double dropped = 0;
  for (Index i = 0; i < samples; ++i)
    for (Index c = 0; c < channels; ++c) {
      const double v = y.at({i, 0, c});
      CHECK((v == 0 || std::abs(v - 1 / (1 - rate)) < 1e-6));
      CHECK((y.at({i, 1, c}) == v && y.at({i, 2, c}) == v));
      dropped += v == 0 ? 1 : 0;
    }
  const double all = static_cast<double>(samples * channels);
  CHECK(std::abs(dropped - rate * all) < 5 * std::sqrt(rate * (1 - rate) * all));
  CHECK_THROWS_AS(SpatialDropout1D({.rate = rate})(ones({2, 3})), ValueError);
}

TEST_CASE("rates at the ends, and outside") {
  const Tensor x = {1.0, -2.0};
  const CallOptions training{.training = true};
  CHECK(AlphaDropout({.rate = 0})(x, training).to_vector() == x.to_vector());
  CHECK(AlphaDropout({.rate = 1})(x, training).to_vector() == std::vector<double>{0, 0});
  CHECK(GaussianDropout({.rate = 0})(x, training).to_vector() == x.to_vector());
  CHECK_THROWS_AS(GaussianDropout({.rate = 1})(x, training), ValueError);
  CHECK(GaussianDropout({.rate = 1})(x).to_vector() == x.to_vector());
  CHECK(GaussianNoise({.stddev = 0})(x, training).to_vector() == x.to_vector());
  CHECK_THROWS_WITH_AS(GaussianNoise({.stddev = 1.5}),
      "ValueError: GaussianNoise: stddev must lie in [0, 1] (received stddev=1.5)", ValueError);
  CHECK_THROWS_AS(GaussianNoise({}), ValueError);
  CHECK_THROWS_WITH_AS(AlphaDropout({.rate = -0.5}),
      "ValueError: AlphaDropout: rate must lie in [0, 1] (received rate=-0.5)", ValueError);
  CHECK_THROWS_AS(GaussianDropout({}), ValueError);
  CHECK_THROWS_AS(SpatialDropout1D({}), ValueError);
  CHECK_THROWS_AS(AlphaDropout({.rate = 0.5, .noise_shape = Shape{0}}), ValueError);
}

TEST_CASE("numbers depend on the seed and on the step") {
  const Tensor x = ones({64});
  const auto y = [&](Index seed, std::uint64_t step) {
    return GaussianNoise({.stddev = 0.5, .seed = seed})(x, {.training = true, .step = step}).to_vector();
  };
  CHECK(y(1, 0) == y(1, 0));
  CHECK(y(1, 0) != y(2, 0));
  CHECK(y(1, 0) != y(1, 1));
}
