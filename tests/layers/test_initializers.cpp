// First values: exact ones, how random ones are distributed, seeds, and what is refused.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/initializers/initializers.hpp>

using namespace xtape;
using namespace xtape::initializers;

namespace {

const std::vector<std::string> random_names = {"glorot_normal", "glorot_uniform", "he_normal", "he_uniform",
    "lecun_normal", "lecun_uniform", "orthogonal", "random_normal", "random_uniform", "truncated_normal",
    "variance_scaling"};

struct Moments {
  double mean, stddev, least, greatest;
};
Moments moments_of(const Tensor& t) {
  const std::vector<double> v = t.to_vector();
  const double n = static_cast<double>(v.size());
  double sum = 0, squares = 0;
  for (const double x : v) sum += x;
  for (const double x : v) squares += (x - sum / n) * (x - sum / n);
  const auto [least, greatest] = std::minmax_element(v.begin(), v.end());
  return {sum / n, std::sqrt(squares / n), *least, *greatest};
}

/// With 200 000 numbers the mean is off by more than 5 stddev / sqrt(n) = 0.011 stddev once in two million draws; the
/// standard deviation of bounded or normal numbers by more than 1 % hardly ever. The draws are fixed by their seed.
void check_distribution(
    const Initializer& draw, const Shape& shape, double mean, double stddev, double bound) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    CAPTURE(draw.class_name());
    CAPTURE(dtype);
    const Tensor t = draw(shape, dtype);
    CHECK(t.dtype() == dtype);
    CHECK(t.shape() == shape);
    const Moments m = moments_of(t);
    CHECK(std::abs(m.mean - mean) < 0.0112 * stddev);
    CHECK(std::abs(m.stddev - stddev) < 0.01 * stddev);
    // All within the bound, and some close to it: a distribution that is too narrow fails.
    CHECK(std::max(m.greatest - mean, mean - m.least) <= bound * (1 + 1e-6));
    CHECK(std::min(m.greatest - mean, mean - m.least) > 0.98 * bound);
  }
}

const Shape dense = {400, 500};          // fan_in 400, fan_out 500
const Shape kernel = {5, 100, 400};      // fan_in 500, fan_out 2000
const double cut = 0.87962566103423978;  // the standard deviation of a standard normal cut at -2 and 2

}  // namespace

TEST_CASE("Zeros, Ones, Constant and Identity hold what they say, in any dtype") {
  for (const DType dtype : {DType::float32, DType::float64, DType::int32}) {
    CHECK(Zeros()({2, 3}, dtype).to_vector() == std::vector<double>(6, 0));
    CHECK(Ones()({2, 3}, dtype).to_vector() == std::vector<double>(6, 1));
    CHECK(Constant({.value = 3})({2, 3}, dtype).to_vector() == std::vector<double>(6, 3));
    CHECK(Identity({.gain = 2})({2, 3}, dtype).to_vector() == std::vector<double>{2, 0, 0, 0, 2, 0});
    CHECK(Identity()({3, 2}, dtype).to_vector() == std::vector<double>{1, 0, 0, 1, 0, 0});
    CHECK(Identity()({3, 2}, dtype).dtype() == dtype);
  }
  CHECK(Zeros()({}, DType::float32).shape() == Shape{});
}

TEST_CASE("fans are the last two axes times the receptive field") {
  const auto check = [](const Shape& shape, Index fan_in, Index fan_out) {
    CAPTURE(shape);
    CHECK(compute_fans(shape).fan_in == fan_in);
    CHECK(compute_fans(shape).fan_out == fan_out);
  };
  check({}, 1, 1);
  check({7}, 7, 7);
  check({3, 4}, 3, 4);
  check({5, 3, 4}, 15, 20);
  check({2, 5, 3, 4}, 30, 40);
}

TEST_CASE("random values have the mean, the spread and the bounds of their distribution") {
  const double width = std::sqrt(3.0);  // half the width of a uniform distribution with standard deviation 1
  check_distribution(RandomUniform({.minval = -1, .maxval = 3, .seed = 1}), dense, 1, 2 / width, 2);
  check_distribution(TruncatedNormal({.mean = -1, .stddev = 0.5, .seed = 1}), dense, -1, 0.5 * cut, 1);
  const auto check_scaled = [&](const Initializer& draw, const Shape& shape, double variance, bool uniform) {
    const double stddev = std::sqrt(variance);
    check_distribution(draw, shape, 0, stddev, uniform ? width * stddev : 2 * stddev / cut);
  };
  check_scaled(GlorotUniform({.seed = 1}), dense, 2.0 / 900, true);
  check_scaled(GlorotUniform({.seed = 2}), kernel, 2.0 / 2500, true);
  check_scaled(GlorotNormal({.seed = 1}), dense, 2.0 / 900, false);
  check_scaled(GlorotNormal({.seed = 2}), kernel, 2.0 / 2500, false);
  check_scaled(HeUniform({.seed = 1}), kernel, 2.0 / 500, true);
  check_scaled(HeNormal({.seed = 1}), kernel, 2.0 / 500, false);
  check_scaled(LecunUniform({.seed = 1}), kernel, 1.0 / 500, true);
  check_scaled(LecunNormal({.seed = 1}), kernel, 1.0 / 500, false);
  check_scaled(VarianceScaling({.scale = 3, .mode = "fan_out", .seed = 1}), kernel, 3.0 / 2000, false);
  check_scaled(
      VarianceScaling({.mode = "fan_avg", .distribution = "Uniform", .seed = 1}), kernel, 1.0 / 1250, true);
  check_scaled(VarianceScaling({.distribution = "normal", .seed = 1}), kernel, 1.0 / 500, false);
}

TEST_CASE("normal values are normal: as many lie within one, two and three standard deviations as should") {
  for (const Initializer& draw : {Initializer(RandomNormal({.mean = 2, .stddev = 0.5, .seed = 3})),
           Initializer(VarianceScaling({.scale = 100, .distribution = "untruncated_normal", .seed = 3}))}) {
    const Tensor t = draw(dense, DType::float64);
    const bool scaled = draw.class_name() == "VarianceScaling";
    const double mean = scaled ? 0 : 2;
    const double n = static_cast<double>(t.size());
    for (const auto& [sigmas, share] : {std::pair{1.0, 0.682689}, {2.0, 0.954500}, {3.0, 0.997300}}) {
      double within = 0;
      for (const double x : t.to_vector()) within += std::abs(x - mean) <= sigmas * 0.5 ? 1 : 0;
      CHECK(std::abs(within / n - share) < 5 * std::sqrt(share * (1 - share) / n));
    }
  }
}

TEST_CASE("an orthogonal weight has orthogonal columns, or rows when it is wide") {
  for (const Shape& shape :
      {Shape{6, 4}, {4, 6}, {5, 5}, {3, 2, 4}, {2, 3, 40}, {1, 1}, {7, 1}, {1, 7}, {128, 128}}) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      CAPTURE(shape);
      CAPTURE(dtype);
      const Tensor w = Orthogonal({.gain = 3, .seed = 5})(shape, dtype);
      CHECK(w.shape() == shape);
      CHECK(w.dtype() == dtype);
      const Index columns = shape.back(), rows = shape.size() / columns;
      const Tensor flat = reshape(w, {rows, columns});
      const Tensor gram = rows >= columns ? matmul(flat, flat, {.transpose_a = true})
                                          : matmul(flat, flat, {.transpose_b = true});
      const Tensor error = max(abs(gram - 9.0 * eye(gram.dim(0), None, 0, dtype)));
      CHECK(error.item() < (dtype == DType::float64 ? 1e-13 : 1e-5));
    }
  }
}

TEST_CASE("orthogonal weights favour no direction") {
  // The determinant is as often -1 as 1 (for rotations alone it would be 1), and entries have mean 0, variance 1 / n.
  Index positive = 0;
  double sum = 0, squares = 0;
  const Index draws = 400;
  for (Index seed = 0; seed < draws; ++seed) {
    const std::vector<double> q = Orthogonal({.seed = seed})({2, 2}, DType::float64).to_vector();
    positive += q[0] * q[3] - q[1] * q[2] > 0 ? 1 : 0;
    sum += q[0];
    squares += q[0] * q[0];
  }
  CHECK(std::abs(static_cast<double>(positive) - 200) < 5 * 10);  // standard deviation: sqrt(400) / 2
  CHECK(std::abs(sum) < 5 * std::sqrt(400 * 0.5));
  CHECK(std::abs(squares - 200) < 5 * std::sqrt(400 * 0.125));
}

TEST_CASE("one object gives the same values at each call, with a seed and without") {
  for (const std::string& name : random_names) {
    CAPTURE(name);
    const Initializer draw = name;
    CHECK(draw({4, 3}, DType::float32).to_vector() == draw({4, 3}, DType::float32).to_vector());
  }
}

TEST_CASE("equal seeds give equal values, other seeds others") {
  for (const std::string& name : random_names) {
    CAPTURE(name);
    const auto values = [&](std::int64_t seed) {
      const Json json = {{"class_name", name}, {"config", {{"seed", seed}}}};
      return Initializer::from_json(json)({4, 3}, DType::float32).to_vector();
    };
    CHECK(values(7) == values(7));
    CHECK(values(-7) == values(-7));
    CHECK(values(7) != values(8));
    CHECK(values(7) != values(-7));
  }
}

TEST_CASE("without seeds every object draws its own values, which the global seed fixes") {
  const auto draw_all = [] {
    std::vector<std::vector<double>> all;
    for (const std::string& name : random_names)
      for (int i = 0; i < 2; ++i) all.push_back(Initializer(name)({4, 3}, DType::float32).to_vector());
    return all;
  };
  const std::uint64_t before = random_seed();
  set_random_seed(11);
  const auto first = draw_all();
  set_random_seed(11);
  const auto again = draw_all();
  set_random_seed(12);
  const auto other = draw_all();
  set_random_seed(before);
  CHECK(first == again);
  CHECK(std::set(first.begin(), first.end()).size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i] != other[i]);
}

TEST_CASE("a config keeps the seed as it was given") {
  CHECK(Initializer("glorot_uniform").get_config() == Json{{"seed", nullptr}});
  CHECK(Initializer(GlorotUniform({.seed = 3})).get_config() == Json{{"seed", 3}});
  CHECK(Initializer(RandomNormal({.stddev = 2})).get_config() ==
        Json{{"seed", nullptr}, {"mean", 0}, {"stddev", 2}});
  CHECK(Initializer("variance_scaling").get_config() ==
        Json{{"seed", nullptr}, {"scale", 1}, {"mode", "fan_in"}, {"distribution", "truncated_normal"}});
  CHECK(Initializer("zeros").get_config() == Json::object());
  CHECK(Initializer("identity").get_config() == Json::object());
  CHECK(Initializer(Identity({.gain = 2})).get_config() == Json{{"gain", 2}});
  CHECK(Initializer("ones").to_json() == Json{{"module", "keras.initializers"}, {"class_name", "Ones"},
                                             {"config", Json::object()}, {"registered_name", nullptr}});
}

TEST_CASE("the old names are known") {
  const auto is = [](const char* name, const char* class_name) {
    CHECK(Initializer(name).class_name() == class_name);
  };
  is("uniform", "RandomUniform");
  is("normal", "RandomNormal");
  is("zero", "Zeros");
  is("one", "Ones");
  is("IdentityInitializer", "Identity");
  is("OrthogonalInitializer", "Orthogonal");
}

TEST_CASE("a function of a shape and a dtype is an initializer, but has no config") {
  const Initializer sevens = [](const Shape& shape, DType dtype) { return full(shape, 7, dtype); };
  CHECK(sevens({2}, DType::float64).to_vector() == std::vector<double>{7, 7});
  CHECK(sevens.class_name() == "");
  CHECK_THROWS_WITH_AS(sevens.to_json(),
      "ValueError: initializer: a plain function has no config; make it a class with class_name and Config",
      ValueError);
}

TEST_CASE("bad arguments and shapes are refused") {
  CHECK_THROWS_WITH_AS(Identity()({2, 3, 4}, DType::float32),
      "ValueError: Identity: shape must have 2 axes (received shape=(2, 3, 4))", ValueError);
  CHECK_THROWS_WITH_AS(Orthogonal()({4}, DType::float32),
      "ValueError: Orthogonal: shape must have at least 2 axes (received shape=(4,))", ValueError);
  CHECK_THROWS_WITH_AS(RandomNormal({.stddev = -1}),
      "ValueError: RandomNormal: stddev must be a non-negative number (received stddev=-1)", ValueError);
  CHECK_THROWS_WITH_AS(TruncatedNormal({.mean = INFINITY}),
      "ValueError: TruncatedNormal: mean must be finite (received mean=inf)", ValueError);
  CHECK_THROWS_WITH_AS(RandomUniform({.minval = 1, .maxval = 0}),
      "ValueError: RandomUniform: minval must not be greater than maxval, and both finite (received "
      "minval=1, maxval=0)",
      ValueError);
  CHECK_THROWS_WITH_AS(VarianceScaling({.scale = 0}),
      "ValueError: VarianceScaling: scale must be a positive number (received scale=0)", ValueError);
  CHECK_THROWS_WITH_AS(VarianceScaling({.mode = "fan"}),
      "ValueError: VarianceScaling: mode must be one of fan_in, fan_out, fan_avg (received mode=\"fan\")",
      ValueError);
  CHECK_THROWS_WITH_AS(VarianceScaling({.distribution = "cauchy"}),
      "ValueError: VarianceScaling: distribution must be one of truncated_normal, untruncated_normal, "
      "uniform (received "
      "distribution=\"cauchy\")",
      ValueError);
  CHECK_THROWS_WITH_AS(Initializer("xavier"),
      "ValueError: initializer: could not interpret the name \"xavier\"; known are Constant, Identity, Ones, "
      "Zeros, "
      "GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, Orthogonal, "
      "RandomNormal, "
      "RandomUniform, TruncatedNormal, VarianceScaling",
      ValueError);
  CHECK_THROWS_WITH_AS(
      Initializer()({2}, DType::float32), "StateError: initializer: None cannot be called", StateError);
  for (const std::string& name : random_names) {
    CAPTURE(name);
    const Initializer draw = name;
    CHECK_THROWS_AS(draw({2, 2}, DType::int32), TypeError);
  }
}
