// What the kernels run on: to be printed beside every measurement.
#pragma once
#include <string>

namespace xtape {

/// The processor core that BLAS chose its routines for, such as "SkylakeX"; "unknown" where it does not say.
std::string blas_core();
/// The vector instructions that the kernels were compiled for: "avx512", "avx2", "sse2", ...
std::string simd_name();

/// Floating-point operations in a nanosecond that so many threads reach together, in float32, when nothing holds them up:
/// multiply-adds of the kernels' vectors, with all numbers in registers. Measures for some tens of milliseconds.
double peak_gflops(int threads);

}  // namespace xtape
