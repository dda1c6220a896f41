// Tells the address sanitizer what memory may be touched; without one, nothing happens.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define XTAPE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XTAPE_ASAN 1
#endif
#endif
#ifdef XTAPE_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace xtape::buffer_pool {

/// Bytes behind each large block that nobody may touch.
#ifdef XTAPE_ASAN
inline constexpr std::size_t red_zone = 64;
#else
inline constexpr std::size_t red_zone = 0;
#endif

inline void poison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef XTAPE_ASAN
  ASAN_POISON_MEMORY_REGION(memory, bytes);
#endif
}
inline void unpoison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef XTAPE_ASAN
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
#endif
}

}  // namespace xtape::buffer_pool
