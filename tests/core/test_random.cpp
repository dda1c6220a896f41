#include <doctest/doctest.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <set>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/random.hpp>
#include <xtape/core/ops/random.hpp>

using namespace xtape;
using Words = std::array<std::uint32_t, 4>;

namespace {

template <class T, class Fill>
std::vector<T> filled(Index n, Fill fill) {
  std::vector<T> out(static_cast<std::size_t>(n));
  fill(out.data());
  return out;
}

std::vector<bool> coins(RandomKey key, std::uint64_t first, Index n, double probability) {
  const auto out = std::make_unique<bool[]>(static_cast<std::size_t>(n));
  kernels::random_bernoulli(key, first, out.get(), n, probability);
  return std::vector<bool>(out.get(), out.get() + n);
}

// The largest distance between the empirical distribution function of the samples and F (Kolmogorov and Smirnov).
template <class T, class F>
double distance_to(std::vector<T> samples, F distribution) {
  std::sort(samples.begin(), samples.end());
  const double n = static_cast<double>(samples.size());
  double worst = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double p = distribution(static_cast<double>(samples[i])), below = static_cast<double>(i) / n;
    worst = std::max({worst, std::abs(p - below), std::abs(p - below - 1 / n)});
  }
  return worst;
}

double normal_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// sqrt(n) * distance exceeds 2 with probability 7e-4 when the distribution is right; the keys below are fixed.
constexpr double bound = 2;
constexpr Index many = 200'000;
const double distance_bound = bound / std::sqrt(static_cast<double>(many));

template <class T, class F>
void same_range_from_any_start(F fill) {
  const auto whole = filled<T>(3000, [&](T* out) { fill(std::uint64_t{0}, out, Index{3000}); });
  for (const Index first : {0, 1, 31, 32, 63, 64, 127, 128, 1000, 1023, 1024, 2048})
    for (const Index n : {0, 1, 5, 63, 64, 65, 129, 900}) {
      CAPTURE(first);
      CAPTURE(n);
      const auto part = filled<T>(n, [&](T* out) { fill(static_cast<std::uint64_t>(first), out, n); });
      CHECK(std::equal(part.begin(), part.end(), whole.begin() + first));
    }
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the published known answers") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("word w of block 16 g + j is word 64 g + 16 w + j of the stream, also beyond 2^32 blocks") {
  const RandomKey key{0x0123456789abcdef, 0xfedcba9876543210};
  for (const std::uint64_t group :
      {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{1} << 28, (std::uint64_t{1} << 28) - 1}) {
    std::array<std::uint32_t, 64> words;
    kernels::random_words(key, 64 * group, words.data(), 64);
    for (std::uint64_t j = 0; j < 16; ++j) {
      const std::uint64_t block = 16 * group + j;
      const Words expected = philox4x32({static_cast<std::uint32_t>(block),
                                            static_cast<std::uint32_t>(block >> 32), 0x76543210, 0xfedcba98},
          {0x89abcdef, 0x01234567});
      for (std::size_t w = 0; w < 4; ++w) CHECK(words[16 * w + j] == expected[w]);
    }
  }
  std::array<std::uint32_t, 64> words;
  std::array<std::uint64_t, 32> wide;
  kernels::random_words(key, 0, words.data(), 64);
  kernels::random_words(key, 0, wide.data(), 32);
  for (std::size_t i = 0; i < 32; ++i)
    CHECK(wide[i] == (static_cast<std::uint64_t>(words[i + 32]) << 32 | words[i]));
}

TEST_CASE("a number of a stream does not depend on the range it is drawn with") {
  const RandomKey key{3, 4};
  same_range_from_any_start<std::uint32_t>(
      [&](std::uint64_t first, std::uint32_t* out, Index n) { kernels::random_words(key, first, out, n); });
  same_range_from_any_start<float>([&](std::uint64_t first, float* out, Index n) {
    kernels::random_uniform(key, first, out, n, -1.f, 2.f);
  });
  same_range_from_any_start<double>([&](std::uint64_t first, double* out, Index n) {
    kernels::random_uniform(key, first, out, n, -1., 2.);
  });
  same_range_from_any_start<float>([&](std::uint64_t first, float* out, Index n) {
    kernels::random_normal(key, first, out, n, 1.f, 2.f);
  });
  same_range_from_any_start<double>([&](std::uint64_t first, double* out, Index n) {
    kernels::random_truncated_normal(key, first, out, n, 1., 2.);
  });
  same_range_from_any_start<std::int64_t>([&](std::uint64_t first, std::int64_t* out, Index n) {
    kernels::random_integers<std::int64_t>(key, first, out, n, -5, 1'000'000'000'000);
  });
  const auto whole = coins(key, 0, 3000, 0.3);
  for (const Index first : {0, 1, 63, 64, 127, 128, 1000, 2047, 2048})
    for (const Index n : {0, 1, 64, 128, 129, 900}) {
      const auto part = coins(key, static_cast<std::uint64_t>(first), n, 0.3);
      CHECK(std::equal(part.begin(), part.end(), whole.begin() + first));
    }
}

TEST_CASE(
    "a coin is sixteen bits of a word against the probability's, and 32 more of another stream on the "
    "border") {
  constexpr Index n = 1 << 19;
  const RandomKey key{3, 5};
  const auto words =
      filled<std::uint32_t>(n / 2, [&](std::uint32_t* out) { kernels::random_words(key, 0, out, n / 2); });
  for (const double probability : {0.3, 1.0 / 3, 1.5 / 65536}) {
    const std::vector<bool> found = coins(key, 0, n, probability);
    const auto border = static_cast<std::uint32_t>(probability * 65536);
    const double rest = (probability * 65536 - border) * 4294967296.0;
    Index wrong = 0, on_the_border = 0;
    for (Index i = 0; i < n; ++i) {  // 128 numbers: the lower halves of 64 words, then the upper ones
      const Index group = i / 128, place = i % 64;
      const std::uint32_t word = words[static_cast<std::size_t>(group * 64 + place)];
      const std::uint32_t half = i % 128 < 64 ? word & 0xFFFF : word >> 16;
      bool expected = half < border;
      if (half == border) {
        std::uint32_t more = 0;
        kernels::random_words(fold_in(key, 0), static_cast<std::uint64_t>(i), &more, 1);
        expected = more < rest;
        ++on_the_border;
      }
      wrong += found[static_cast<std::size_t>(i)] != expected;
    }
    CHECK(wrong == 0);
    CHECK(on_the_border > 0);
  }
}

TEST_CASE("numbers are the same on every machine") {
  const RandomKey key{2024, 1};
  std::array<float, 3> f;
  std::array<double, 3> d;
  kernels::random_uniform(key, 10, f.data(), 3, 0.f, 1.f);
  kernels::random_uniform(key, 10, d.data(), 3, 0., 1.);
  std::array<std::uint32_t, 64> words;
  kernels::random_words(key, 0, words.data(), 64);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(f[i] == static_cast<float>(words[10 + i] >> 8) / 16777216.0f);
    const std::uint64_t wide = static_cast<std::uint64_t>(words[42 + i]) << 32 | words[10 + i];
    CHECK(d[i] == static_cast<double>(wide >> 11) / 9007199254740992.0);
  }
  kernels::random_normal(key, 10, f.data(), 3, 0.f, 1.f);
  kernels::random_normal(key, 10, d.data(), 3, 0., 1.);
  // By the inverse error function with 40 digits.
  const std::array<double, 3> of_float{1.525546374080477414, 0.78536039052209204087, -0.18176993824659579393};
  const std::array<double, 3> of_double{
      -0.94460760705315339165, -0.73222452061834473908, 0.71214034381138407159};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(f[i] == static_cast<float>(of_float[i]));
    CHECK(std::abs(d[i] - of_double[i]) < 4e-16);
  }
}

TEST_CASE_TEMPLATE("uniform numbers fill [low, high) evenly and never reach high", T, float, double) {
  const auto u = filled<T>(many, [](T* out) { kernels::random_uniform<T>({1, 2}, 0, out, many, -2, 3); });
  CHECK(*std::min_element(u.begin(), u.end()) >= T(-2));
  CHECK(*std::max_element(u.begin(), u.end()) < T(3));
  CHECK(distance_to(u, [](double x) { return (x + 2) / 5; }) < distance_bound);
  // A range of two neighbours, where every sum rounds to one of them.
  const T next = std::nextafter(T(1), T(2));
  const auto tight = filled<T>(1000, [=](T* out) {
    kernels::random_uniform<T>({1, 2}, 0, out, 1000, 1, next);
  });
  CHECK(std::all_of(tight.begin(), tight.end(), [](T v) { return v == T(1); }));
  const auto point = filled<T>(10, [](T* out) { kernels::random_uniform<T>({1, 2}, 0, out, 10, 1, 1); });
  CHECK(std::all_of(point.begin(), point.end(), [](T v) { return v == T(1); }));
}

TEST_CASE_TEMPLATE(
    "neighbours in a stream and equal places of two streams are uncorrelated", T, float, double) {
  const auto draw = [](RandomKey key) {
    return filled<T>(many, [=](T* out) { kernels::random_uniform<T>(key, 0, out, many, -1, 1); });
  };
  const RandomKey key{7, 0};
  const auto a = draw(key), b = draw(fold_in(key, 0)), c = draw(fold_in(key, 1)), d = draw({8, 0}),
             e = draw({7, 1});
  const auto correlation = [](const std::vector<T>& x, const std::vector<T>& y, std::size_t lag) {
    double sum = 0;
    for (std::size_t i = lag; i < x.size(); ++i) sum += double(x[i]) * double(y[i - lag]);
    return std::abs(3 * sum / std::sqrt(static_cast<double>(x.size())));  // about standard normal
  };
  for (const std::size_t lag : {1, 2, 3, 4, 16, 32, 64, 1024}) CHECK(correlation(a, a, lag) < 4);
  for (const auto* other : {&b, &c, &d, &e}) CHECK(correlation(a, *other, 0) < 4);
  CHECK(correlation(b, c, 0) < 4);
}

TEST_CASE_TEMPLATE("normal numbers follow the normal distribution, tails included", T, float, double) {
  const auto z = filled<T>(many, [](T* out) { kernels::random_normal<T>({5, 6}, 0, out, many, 2, 3); });
  CHECK(distance_to(z, [](double x) { return normal_below((x - 2) / 3); }) < distance_bound);
  // The fourth moment of a standard normal is 3, with a standard error of sqrt(96 / n).
  double fourth = 0;
  for (const T v : z) fourth += std::pow((double(v) - 2) / 3, 4);
  CHECK(std::abs(fourth / many - 3) < 4 * std::sqrt(96.0 / many));
  const auto beyond_four =
      std::count_if(z.begin(), z.end(), [](T v) { return std::abs(double(v) - 2) > 12; });
  CHECK(beyond_four > 0);  // 12.7 are expected
  CHECK(beyond_four < 40);
}

TEST_CASE("the inverse of the normal distribution function is exact to some units in the last place") {
  const RandomKey key{9, 9};
  const auto words =
      filled<std::uint64_t>(many, [&](std::uint64_t* out) { kernels::random_words(key, 0, out, many); });
  const auto z =
      filled<double>(many, [&](double* out) { kernels::random_normal(key, 0, out, many, 0., 1.); });
  long double worst = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const long double p = (static_cast<long double>(words[i] >> 12) + 0.5L) * 0x1p-52L;
    const long double size = std::abs(static_cast<long double>(z[i]));
    const long double tail = 0.5L * std::erfc(size / std::sqrt(2.0L));
    const long double density = std::exp(-size * size / 2) / std::sqrt(2 * 3.14159265358979323846L);
    const long double error = std::abs(tail - std::min(p, 1 - p)) / density / std::max(1.0L, size);
    worst = std::max(worst, error);
    if ((z[i] < 0) != (p < 0.5L)) worst = 1;
  }
  CHECK(worst < 4e-15L);
}

TEST_CASE_TEMPLATE("truncated normal numbers stay within two standard deviations", T, float, double) {
  const auto z = filled<T>(many, [](T* out) {
    kernels::random_truncated_normal<T>({5, 6}, 0, out, many, 0, 1);
  });
  CHECK(*std::min_element(z.begin(), z.end()) >= T(-2));
  CHECK(*std::max_element(z.begin(), z.end()) <= T(2));
  CHECK(*std::max_element(z.begin(), z.end()) > T(1.99));
  const double below = normal_below(-2), inside = 1 - 2 * below;
  CHECK(distance_to(z, [=](double x) { return (normal_below(x) - below) / inside; }) < distance_bound);
}

TEST_CASE_TEMPLATE("integers are even over [low, high)", T, std::int32_t, std::int64_t) {
  const auto k = filled<T>(many, [](T* out) { kernels::random_integers<T>({1, 1}, 0, out, many, -3, 7); });
  std::array<double, 10> counts{};
  for (const T v : k) {
    REQUIRE(v >= -3);
    REQUIRE(v < 7);
    counts[static_cast<std::size_t>(v + 3)] += 1;
  }
  double chi_squared = 0;
  for (const double count : counts)
    chi_squared += (count - many / 10.0) * (count - many / 10.0) / (many / 10.0);
  CHECK(chi_squared < 27.9);  // 9 degrees of freedom, probability 1e-3
}

TEST_CASE("integers may span the whole range of their type") {
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         high = std::numeric_limits<std::int64_t>::max();
  std::array<std::int64_t, 1000> k;
  kernels::random_integers({1, 1}, 0, k.data(), 1000, low, high);
  CHECK(*std::min_element(k.begin(), k.end()) < low / 2);
  CHECK(*std::max_element(k.begin(), k.end()) > high / 2);
  CHECK(kernels::scaled_down(~std::uint64_t{0}, 10) == 9);
  CHECK(kernels::scaled_down(std::uint64_t{1} << 63, std::uint64_t{1} << 40) == std::uint64_t{1} << 39);
  CHECK(kernels::scaled_down(~std::uint64_t{0}, ~std::uint64_t{0}) == ~std::uint64_t{0} - 1);
}

TEST_CASE("coins fall with the given probability, even where 16 bits cannot tell it") {
  for (const double p : {0.0, 0.2, 0.5, 0.8, 1.0}) {
    CAPTURE(p);
    const auto c = coins({11, 0}, 0, many, p);
    const double heads = static_cast<double>(std::count(c.begin(), c.end(), true));
    CHECK(std::abs(heads - p * many) <= 4 * std::sqrt(many * p * (1 - p)));
  }
  // Less than half a unit of 16 bits: all heads come from ties. 40 are expected of these 8 million.
  const Index n = 8'000'000;
  const auto c = coins({11, 0}, 0, n, 5e-6);
  const auto heads = std::count(c.begin(), c.end(), true);
  CHECK(heads > 15);
  CHECK(heads < 70);
}

TEST_CASE("a permutation holds every number once, and all orders are alike") {
  CHECK(permutation({1, 2}, 0).empty());
  CHECK(permutation({1, 2}, 1) == std::vector<Index>{0});
  auto order = permutation({1, 2}, 1000);
  CHECK(order == permutation({1, 2}, 1000));
  CHECK(order != permutation({1, 3}, 1000));
  std::sort(order.begin(), order.end());
  for (Index i = 0; i < 1000; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
  std::array<double, 24> counts{};
  constexpr int rounds = 24'000;
  for (int round = 0; round < rounds; ++round) {
    const auto p = permutation(fold_in({4, 4}, static_cast<std::uint64_t>(round)), 4);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      std::size_t smaller = 0;
      for (std::size_t j = i + 1; j < 4; ++j) smaller += p[j] < p[i];
      rank = rank * (4 - i) + smaller;
    }
    counts[rank] += 1;
  }
  double chi_squared = 0;
  for (const double count : counts) chi_squared += (count - 1000) * (count - 1000) / 1000;
  CHECK(chi_squared < 49.7);  // 23 degrees of freedom, probability 1e-3
  CHECK_THROWS_WITH_AS(
      permutation({1, 2}, -1), "ValueError: permutation: n must not be negative (received n=-1)", ValueError);
}

TEST_CASE("derived keys are all different") {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  const auto insert = [&](RandomKey key) { seen.insert({key.seed, key.stream}); };
  for (std::uint64_t n = 0; n < 1000; ++n) {
    insert(fold_in({0, 0}, n));
    insert(fold_in({0, n + 1}, 0));
    insert(fold_in({n + 1, 0}, 0));
    insert(fold_in(fold_in({0, 0}, 0), n));
  }
  CHECK(seen.size() == 4000);
}

TEST_CASE("set_random_seed starts the streams of the global seed again") {
  set_random_seed(5);
  CHECK(random_seed() == 5);
  const RandomKey first = next_random_key(), second = next_random_key();
  CHECK_FALSE(first == second);
  const auto numbers = random_normal({4}).to_vector();
  set_random_seed(5);
  CHECK(next_random_key() == first);
  CHECK(next_random_key() == second);
  CHECK(random_normal({4}).to_vector() == numbers);
  set_random_seed(6);
  CHECK_FALSE(next_random_key() == first);
  set_random_seed(0);
}

TEST_CASE("random tensors have the shape and dtype that were asked for, and parts can be drawn alone") {
  const RandomKey key{1, 2};
  const Tensor whole = random_uniform({4, 3}, -1, 1, {.key = key, .dtype = DType::float64});
  CHECK(whole.shape() == Shape{4, 3});
  CHECK(whole.dtype() == DType::float64);
  const Tensor part = random_uniform({2, 3}, -1, 1, {.key = key, .dtype = DType::float64, .first = 6});
  CHECK(part.to_vector() == whole.rows(2, 4).to_vector());
  CHECK(random_normal({0, 3}).size() == 0);
  CHECK(random_normal({}).dtype() == DType::float32);
  CHECK(truncated_normal({2}, 0, 1, {.dtype = DType::float64}).dtype() == DType::float64);
  CHECK(random_integers({5}, 0, 3).dtype() == DType::int32);
  CHECK(random_integers({5}, 0, 3, {.dtype = DType::int64}).dtype() == DType::int64);
  CHECK(random_bernoulli({5}, 0.5).dtype() == DType::boolean);
  CHECK(random_bernoulli({5}, 1).to_vector() == std::vector<double>(5, 1));

  const Tensor rows = shuffle(Tensor{{1, 2}, {3, 4}, {5, 6}}, {.key = key});
  const auto order = permutation(key, 3);
  for (Index i = 0; i < 3; ++i) {
    CHECK(rows.at({i, 0}) == 2.0 * static_cast<double>(order[static_cast<std::size_t>(i)]) + 1);
    CHECK(rows.at({i, 1}) == rows.at({i, 0}) + 1);
  }
}

TEST_CASE("random tensors say what is wrong with their arguments") {
  CHECK_THROWS_WITH_AS(random_uniform({2}, 1, 0),
      "ValueError: random_uniform: low <= high is expected, both finite (received low=1, high=0)",
      ValueError);
  CHECK_THROWS_WITH_AS(random_normal({2}, 0, -1),
      "ValueError: random_normal: stddev must be finite and not negative (received stddev=-1)", ValueError);
  CHECK_THROWS_WITH_AS(truncated_normal({2}, 0, -1),
      "ValueError: truncated_normal: stddev must be finite and not negative (received stddev=-1)",
      ValueError);
  CHECK_THROWS_WITH_AS(random_normal({2}, 0, 1, {.dtype = DType::int32}),
      "TypeError: random_normal: dtype must be float32 or float64 (received int32)", TypeError);
  CHECK_THROWS_WITH_AS(random_integers({2}, 3, 3),
      "ValueError: random_integers: low < high is expected (received low=3, high=3)", ValueError);
  CHECK_THROWS_WITH_AS(random_integers({2}, 0, 3'000'000'000),
      "ValueError: random_integers: low and high must fit into int32 (received low=0, high=3000000000)",
      ValueError);
  CHECK_THROWS_WITH_AS(random_integers({2}, 0, 3, {.dtype = DType::float32}),
      "TypeError: random_integers: dtype must be int32 or int64 (received float32)", TypeError);
  CHECK_THROWS_WITH_AS(random_bernoulli({2}, 1.5),
      "ValueError: random_bernoulli: probability must be in [0, 1] (received probability=1.5)", ValueError);
  CHECK_THROWS_WITH_AS(shuffle(Tensor(1.0)),
      "ValueError: shuffle: x must have at least one axis (received a scalar)", ValueError);
}
