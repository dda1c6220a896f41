// For tests that do less, or ask less, when a sanitizer watches them.
#pragma once

namespace xtape::testing {

/// A sanitizer makes a program slow, keeps freed memory, and has books of its own.
constexpr bool has_sanitizer() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
  return false;
#endif
}

}  // namespace xtape::testing
