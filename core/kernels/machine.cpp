#include <cblas.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>
#include <xsimd/xsimd.hpp>
#include <xtape/core/machine.hpp>
#include <xtape/core/thread_pool.hpp>

namespace xtape {
namespace {

using Vector = xsimd::batch<float>;

// Two units that each begin a multiply-add every cycle and take up to five for it want ten that do not wait for each
// other. Twelve, the factor and the term are fewer than the sixteen registers of AVX2.
constexpr std::size_t sums = 12;
constexpr int rounds = 1 << 18;

template <std::size_t... i>
void multiply_add(
    std::array<Vector, sums>& sum, const Vector& factor, const Vector& term, std::index_sequence<i...>) {
  ((sum[i] = xsimd::fma(sum[i], factor, term)), ...);
}

/// Some number that depends on all that was computed, lest the compiler leave it out.
float multiply_adds() {
  std::array<Vector, sums> sum;
  for (std::size_t i = 0; i < sums; ++i) sum[i] = Vector(static_cast<float>(i));
  const Vector factor(0.5F), term(1.0F);
  for (int round = 0; round < rounds; ++round)
    multiply_add(sum, factor, term, std::make_index_sequence<sums>());
  for (std::size_t i = 1; i < sums; ++i) sum[0] += sum[i];
  return sum[0].get(0);
}

}  // namespace

std::string blas_core() {
#ifdef OPENBLAS_VERSION
  return openblas_get_corename();
#else
  return "unknown";
#endif
}

std::string simd_name() {
#if defined(__AVX512F__)
  return "avx512";
#elif defined(__AVX2__)
  return "avx2";
#elif defined(__AVX__)
  return "avx";
#elif defined(__SSE2__)
  return "sse2";
#elif defined(__ARM_NEON)
  return "neon";
#else
  return "none";
#endif
}

double peak_gflops(int threads) {
  using Clock = std::chrono::steady_clock;
  std::vector<float> results(static_cast<std::size_t>(threads));
  double least = 1e9;
  for (int i = 0; i < 30; ++i) {
    const auto begin = Clock::now();
    parallel_for(threads, [&](Index t) { results[static_cast<std::size_t>(t)] = multiply_adds(); });
    least = std::min(least, std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  if (std::count(results.begin(), results.end(), 0.0F) > 0)
    return 0;  // never: the sums are used, and so computed
  return 2.0 * static_cast<double>(Vector::size * sums) * rounds * threads / least;
}

}  // namespace xtape
