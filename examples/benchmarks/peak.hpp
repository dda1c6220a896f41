// What the machine could do at best.
#pragma once

namespace bench {

/// Floating-point operations in a nanosecond that so many threads reach together, in float32, when nothing holds them up:
/// multiply-adds of the widest vectors that the kernels are compiled for, with all numbers in registers.
double peak_gflops(int threads);

}  // namespace bench
