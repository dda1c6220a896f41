#include <cblas.h>

#include <xtape/core/machine.hpp>

namespace xtape {

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

}  // namespace xtape
