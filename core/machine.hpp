// What the kernels run on: to be printed beside every measurement.
#pragma once
#include <string>

namespace xtape {

/// The processor core that BLAS chose its routines for, such as "SkylakeX"; "unknown" where it does not say.
std::string blas_core();
/// The vector instructions that the kernels were compiled for: "avx512", "avx2", "sse2", ...
std::string simd_name();

}  // namespace xtape
