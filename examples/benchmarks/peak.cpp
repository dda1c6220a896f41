#include "peak.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <xsimd/xsimd.hpp>

#include <xtape/core/thread_pool.hpp>

#include "measure.hpp"

namespace bench {
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

double peak_gflops(int threads) {
  std::vector<float> results(static_cast<std::size_t>(threads));
  double least_ms = 1e9;
  for (int i = 0; i < 30; ++i) {
    const auto begin = Clock::now();
    xtape::parallel_for(
        threads, [&](xtape::Index t) { results[static_cast<std::size_t>(t)] = multiply_adds(); });
    least_ms = std::min(least_ms, ms_since(begin));
  }
  if (std::count(results.begin(), results.end(), 0.0F) > 0)
    return 0;  // never: the sums are used, and so computed
  return 1e-6 * 2.0 * static_cast<double>(Vector::size * sums) * rounds * threads / least_ms;
}

}  // namespace bench
