#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include <xtape/core/kernels/random.hpp>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace xtape::kernels {
namespace {

// ---- words ----

constexpr Index blocks_in_group = 16, words_in_group = 64, groups_in_page = 16;
constexpr Index words_in_page = words_in_group * groups_in_page;

// One word of each of some Philox blocks: 32 bits in lanes of 64, so that products fit. The upper halves may hold rubbish,
// which products and the final narrowing leave out.
#if defined(__AVX512F__)
constexpr std::size_t lanes = 8;
using Lanes = std::uint64_t __attribute__((vector_size(64)));
constexpr Lanes count_up{0, 1, 2, 3, 4, 5, 6, 7};
#elif defined(__AVX2__)
constexpr std::size_t lanes = 4;
using Lanes = std::uint64_t __attribute__((vector_size(32)));
constexpr Lanes count_up{0, 1, 2, 3};
#else
constexpr std::size_t lanes = 2;
using Lanes = std::uint64_t __attribute__((vector_size(16)));
constexpr Lanes count_up{0, 1};
#endif

inline Lanes product_of_low_halves(const Lanes& a, const Lanes& b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Lanes>(
      _mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<Lanes>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#else
  return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF);
#endif
}

inline Lanes exclusive_or(const Lanes& a, const Lanes& b, const Lanes& c) {
#if defined(__AVX512F__)  // one instruction, which GCC 12 does not find by itself
  return reinterpret_cast<Lanes>(_mm512_ternarylogic_epi64(
      reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b), reinterpret_cast<__m512i>(c), 0x96));
#else
  return a ^ b ^ c;
#endif
}

// The upper halves come down.
inline Lanes high_halves(const Lanes& a) {
#if defined(__AVX512F__)  // which leaves the unit that multiplies alone, as a shift would not
  return reinterpret_cast<Lanes>(_mm512_shuffle_epi32(reinterpret_cast<__m512i>(a), _MM_PERM_CDAB));
#else
  return a >> 32;
#endif
}

inline void store_low_halves(const Lanes& a, std::uint32_t* out) {
  using Halves = std::uint32_t __attribute__((vector_size(lanes * 4)));
  const Halves halves = __builtin_convertvector(a, Halves);
  std::memcpy(out, &halves, sizeof halves);
}

constexpr int rounds = 10;
struct RoundKeys {
  std::array<Lanes, rounds> first, second;
  explicit RoundKeys(std::uint64_t seed) {
    std::uint32_t low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
    for (std::size_t round = 0; round < rounds; ++round) {
      first[round] = Lanes{} + low, second[round] = Lanes{} + high;
      low += 0x9E3779B9;
      high += 0xBB67AE85;
    }
  }
};

// philox4x32 of core/random.cpp on 2 * lanes blocks from `block` on; word w of them goes to out[16 w ...]. Two vectors at a
// time, for a round waits for most of its products.
[[gnu::noinline]] void draw_blocks(
    const RoundKeys& keys, std::uint64_t stream, std::uint64_t block, std::uint32_t* out) {
  std::array<Lanes, 2> a, b, c, d;
  for (std::size_t h = 0; h < 2; ++h) {
    a[h] = count_up + (block + h * lanes);
    b[h] = a[h] >> 32, c[h] = Lanes{} + (stream & 0xFFFFFFFF), d[h] = Lanes{} + (stream >> 32);
  }
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t h = 0; h < 2; ++h) {
      const Lanes product_0 = product_of_low_halves(a[h], Lanes{} + 0xD2511F53),
                  product_1 = product_of_low_halves(c[h], Lanes{} + 0xCD9E8D57);
      a[h] = exclusive_or(high_halves(product_1), b[h], keys.first[round]);
      b[h] = product_1;
      c[h] = exclusive_or(high_halves(product_0), d[h], keys.second[round]);
      d[h] = product_0;
    }
  for (std::size_t h = 0; h < 2; ++h, out += lanes) {
    store_low_halves(a[h], out);
    store_low_halves(b[h], out + blocks_in_group);
    store_low_halves(c[h], out + 2 * blocks_in_group);
    store_low_halves(d[h], out + 3 * blocks_in_group);
  }
}

// The words of some whole groups.
void draw_groups(RandomKey key, std::uint64_t group, Index count, std::uint32_t* out) {
  const RoundKeys keys(key.seed);
  for (Index i = 0; i < count; ++i, out += words_in_group) {
    const std::uint64_t block = (group + static_cast<std::uint64_t>(i)) * blocks_in_group;
    for (std::size_t j = 0; j < blocks_in_group; j += 2 * lanes)
      draw_blocks(keys, key.stream, block + j, out + j);
  }
}

// Fills out with the numbers [first, first + n) of a stream in which a group gives `per_group` numbers. `convert` turns
// the words of some whole groups into numbers; it is called on pages of up to 16 groups, which stay in cache.
template <Index per_group, class Out, class Convert>
void fill(RandomKey key, std::uint64_t first, Out* out, Index n, Convert convert) {
  alignas(64) std::array<std::uint32_t, words_in_page> words;
  alignas(64) std::array<Out, per_group> one_group;
  std::uint64_t group = first / per_group;
  Index skip = static_cast<Index>(first % per_group);
  while (n > 0) {
    if (skip == 0 && n >= per_group) {
      const Index groups = std::min(n / per_group, groups_in_page);
      draw_groups(key, group, groups, words.data());
      convert(words.data(), group, groups, out);
      group += static_cast<std::uint64_t>(groups);
      out += groups * per_group;
      n -= groups * per_group;
    } else {
      draw_groups(key, group, 1, words.data());
      convert(words.data(), group, Index{1}, one_group.data());
      const Index taken = std::min(n, per_group - skip);
      std::copy_n(one_group.data() + skip, taken, out);
      ++group;
      out += taken;
      n -= taken;
      skip = 0;
    }
  }
}

// The same for numbers made of one 32-bit word, or one 64-bit word: out[i] = f(word).
template <class Word, class Out, class F>
void fill_each(RandomKey key, std::uint64_t first, Out* out, Index n, F f) {
  if constexpr (sizeof(Word) == 4) {
    fill<words_in_group>(key, first, out, n,
        [f](const std::uint32_t* words, std::uint64_t, Index groups, Out* to) {
      for (Index i = 0; i < groups * words_in_group; ++i) to[i] = f(words[i]);
    });
  } else {
    constexpr Index half = words_in_group / 2;
    fill<half>(key, first, out, n, [f](const std::uint32_t* words, std::uint64_t, Index groups, Out* to) {
      for (Index g = 0; g < groups; ++g, words += words_in_group, to += half)
        for (Index i = 0; i < half; ++i)
          to[i] = f(static_cast<std::uint64_t>(words[i + half]) << 32 | words[i]);
    });
  }
}

template <class T>
using WordOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// ---- the normal distribution ----

template <std::size_t n>
inline double polynomial(const std::array<double, n>& coefficients, double x) {
  double y = coefficients[n - 1];
  for (std::size_t i = n - 1; i > 0; --i) y = y * x + coefficients[i - 1];
  return y;
}

// ln x for normal x > 0: x = 2^e m with m around 1, and ln m = 2 artanh((m - 1) / (m + 1)) by its series.
inline double natural_log(double x) {
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCD;  // the bits of sqrt(1/2)
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::int64_t e = static_cast<std::int64_t>(bits - root_half) >> 52;
  const double m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(e) << 52));
  const double s = (m - 1) / (m + 1);
  constexpr std::array<double, 11> series{
      2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  return static_cast<double>(e) * 0.69314718055994530942 + s * polynomial(series, s * s);
}

// The z with P(Z < z) = q + 1/2, to about 1e-15, for |q| < 1/2 (Wichura, Algorithm AS 241, PPND16, Applied Statistics 37,
// 1988): three rational functions, near the middle in q, in the tails in sqrt(-ln(1/2 - |q|)).
inline double inverse_normal(double q) {
  constexpr std::array<double, 8> middle_above{3.3871328727963666080e0, 1.3314166789178437745e+2,
      1.9715909503065514427e+3, 1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
      3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr std::array<double, 8> middle_below{1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2,
      5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
      5.2264952788528545610e+3};
  constexpr std::array<double, 8> near_above{1.42343711074968357734e0, 4.63033784615654529590e0,
      5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array<double, 8> near_below{1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
      6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
      5.47593808499534494600e-4, 1.05075007164441684324e-9};
  constexpr std::array<double, 8> far_above{6.65790464350110377720e0, 5.46378491116411436990e0,
      1.78482653991729133580e0, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
      1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr std::array<double, 8> far_below{1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
      1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
      1.42151175831644588870e-7, 2.04426310338993978564e-15};
  const double size = std::abs(q);
  const double s = 0.180625 - q * q;
  const double middle = q * polynomial(middle_above, s) / polynomial(middle_below, s);
  const double r = std::sqrt(-natural_log(0.5 - size));
  const double near = polynomial(near_above, r - 1.6) / polynomial(near_below, r - 1.6);
  const double far = polynomial(far_above, r - 5) / polynomial(far_below, r - 5);
  const double tail = std::copysign(r <= 5 ? near : far, q);
  return size <= 0.425 ? middle : tail;
}

// A word as a number between -1/2 and 1/2, never at the ends.
inline double centred(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32 - 0.5; }
inline double centred(std::uint64_t word) {
  return (static_cast<double>(static_cast<std::int64_t>(word >> 12)) + 0.5) * 0x1p-52 - 0.5;
}

inline float unit(std::uint32_t word) {
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24f;
}
inline double unit(std::uint64_t word) {
  return static_cast<double>(static_cast<std::int64_t>(word >> 11)) * 0x1p-53;
}

using Words = std::uint32_t __attribute__((vector_size(8 * lanes)));
constexpr Index words_in_vector = 2 * lanes;

// out[i] = truths[i], which is -1 for yes and 0 for no.
template <class Truths>
void store_truths(const Truths& truths, bool* out) {
  using Bytes = std::int8_t __attribute__((vector_size(2 * lanes)));
  const Bytes bytes = __builtin_convertvector(truths, Bytes) & 1;
  std::memcpy(out, &bytes, sizeof bytes);
}

bool any(const Words& words) {
  std::uint32_t all = 0;
  for (Index i = 0; i < words_in_vector; ++i) all |= words[i];
  return all != 0;
}

}  // namespace

template <class Word>
void random_words(RandomKey key, std::uint64_t first, Word* out, Index n) {
  fill_each<Word>(key, first, out, n, [](Word word) { return word; });
}

template <class T>
void random_uniform(RandomKey key, std::uint64_t first, T* out, Index n, T low, T high) {
  const T range = high - low, largest = std::nextafter(high, low);  // rounding must not reach `high`
  fill_each<WordOf<T>>(
      key, first, out, n, [=](WordOf<T> word) { return std::min(low + range * unit(word), largest); });
}

template <class T>
void random_normal(RandomKey key, std::uint64_t first, T* out, Index n, T mean, T stddev) {
  fill_each<WordOf<T>>(key, first, out, n,
      [=](WordOf<T> word) { return mean + stddev * static_cast<T>(inverse_normal(centred(word))); });
}

template <class T>
void random_truncated_normal(RandomKey key, std::uint64_t first, T* out, Index n, T mean, T stddev) {
  constexpr double inside = 0.95449973610364158560;  // P(|Z| < 2)
  fill_each<WordOf<T>>(key, first, out, n, [=](WordOf<T> word) {
    const double z = std::max(-2.0, std::min(inverse_normal(inside * centred(word)), 2.0));
    return mean + stddev * static_cast<T>(z);
  });
}

template <class T>
void random_integers(RandomKey key, std::uint64_t first, T* out, Index n, T low, T high) {
  const auto count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  fill_each<std::uint64_t>(key, first, out, n, [=](std::uint64_t word) {
    return static_cast<T>(static_cast<std::uint64_t>(low) + scaled_down(word, count));
  });
}

void random_bernoulli(RandomKey key, std::uint64_t first, bool* out, Index n, double probability) {
  // The first 16 bits of a number below the first 16 bits of the probability mean yes, above them no.
  const double scaled = std::clamp(probability, 0.0, 1.0) * 65536;
  const auto border = static_cast<std::uint32_t>(scaled);
  const double rest = (scaled - static_cast<double>(border)) * 0x1p32;
  const RandomKey key_of_ties = fold_in(key, 0);
  fill<2 * words_in_group>(key, first, out, n,
      [=](const std::uint32_t* words, std::uint64_t group, Index groups, bool* to) {
    Words ties{};
    for (Index g = 0; g < groups; ++g)
      for (Index i = 0; i < words_in_group; i += words_in_vector) {
        Words both;
        std::memcpy(&both, words + g * words_in_group + i, sizeof both);
        const Words low = both & 0xFFFF, high = both >> 16;
        bool* pairs = to + g * 2 * words_in_group + i;
        store_truths(low < border, pairs);
        store_truths(high < border, pairs + words_in_group);
        ties |= Words(low == border) | Words(high == border);
      }
    if (!any(ties)) return;
    for (Index i = 0; i < groups * 2 * words_in_group; ++i) {
      const Index word = i / (2 * words_in_group) * words_in_group + i % words_in_group;
      const bool is_high = i / words_in_group % 2 == 1;
      if ((is_high ? words[word] >> 16 : words[word] & 0xFFFF) != border) continue;
      std::uint32_t more = 0;
      random_words(key_of_ties, group * 2 * words_in_group + static_cast<std::uint64_t>(i), &more, 1);
      to[i] = static_cast<double>(more) < rest;
    }
  });
}

template void random_words(RandomKey, std::uint64_t, std::uint32_t*, Index);
template void random_words(RandomKey, std::uint64_t, std::uint64_t*, Index);
template void random_uniform(RandomKey, std::uint64_t, float*, Index, float, float);
template void random_uniform(RandomKey, std::uint64_t, double*, Index, double, double);
template void random_normal(RandomKey, std::uint64_t, float*, Index, float, float);
template void random_normal(RandomKey, std::uint64_t, double*, Index, double, double);
template void random_truncated_normal(RandomKey, std::uint64_t, float*, Index, float, float);
template void random_truncated_normal(RandomKey, std::uint64_t, double*, Index, double, double);
template void random_integers(RandomKey, std::uint64_t, std::int32_t*, Index, std::int32_t, std::int32_t);
template void random_integers(RandomKey, std::uint64_t, std::int64_t*, Index, std::int64_t, std::int64_t);

}  // namespace xtape::kernels
