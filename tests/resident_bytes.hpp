// What the program holds of the machine's memory now.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace xtape::testing {

inline std::int64_t resident_bytes() {
  std::int64_t pages_of_addresses = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages_of_addresses >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

}  // namespace xtape::testing
