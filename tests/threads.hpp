// The number of threads is a state of the program: each test gives it back.
#pragma once
#include <xtape/core/thread_pool.hpp>

namespace xtape::testing {

/// Sets the number of threads for a scope.
struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
};

}  // namespace xtape::testing
