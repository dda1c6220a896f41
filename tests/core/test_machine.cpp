// What core says of the machine it runs on.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <xtape/core/machine.hpp>

using namespace xtape;

TEST_CASE("the kernels and BLAS say what they were built for") {
  constexpr std::array<std::string_view, 6> known{"avx512", "avx2", "avx", "sse2", "neon", "none"};
  CHECK(std::find(known.begin(), known.end(), simd_name()) != known.end());
  CHECK_FALSE(blas_core().empty());
}

TEST_CASE("the kernels that were loaded are those that the environment asks for, if it does") {
  if (const char* expected = std::getenv("XTAPE_EXPECTED_SIMD")) CHECK(simd_name() == expected);
}

TEST_CASE("the peak is a number of multiply-adds that a core can do") {
  const double one = peak_gflops(1);
  CHECK(std::isfinite(one));
  CHECK(one > 0.1);   // even under a sanitizer
  CHECK(one < 2000);  // no core does 250 operations a cycle: that would mean that the loop was left out
  CHECK(peak_gflops(2) > 0.1);
}
