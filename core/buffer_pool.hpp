// The buffer pool: memory that lives from step to step.
//
// A fresh page from the system costs more than the arithmetic done on it, and a training step asks for the same sizes
// again and again. So freed blocks are kept, sorted by size, and handed out again:
//
//     allocate -> this thread's list of that size -> the shared list of that size -> the system
//     free     -> this thread's list, or the shared one when another thread took the block or this list is long
//
// The first list needs no lock; the second moves blocks from threads that only free to threads that only allocate.
#pragma once
#include <cstddef>
#include <cstdint>

namespace xtape::buffer_pool {

/// Every block starts on a cache line, those of 2 MiB and more where large pages begin.
inline constexpr std::size_t alignment = 64;

/// At least `bytes` bytes, uninitialised, aligned to `alignment`. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
/// Gives back what `allocate(bytes)` returned, on any thread.
void deallocate(void* block, std::size_t bytes) noexcept;

/// Counted over all threads. In a steady training step `system_allocations` stands still.
struct Statistics {
  std::int64_t live_blocks = 0;         ///< allocated and not yet given back
  std::int64_t live_bytes = 0;          ///< their bytes, rounded up to their size classes
  std::int64_t system_allocations = 0;  ///< how often the pool had to ask the system
  std::int64_t held_bytes = 0;          ///< taken from the system and not returned to it
};
Statistics statistics();
/// live_bytes of the calling thread alone: what it allocated less what it gave back. Takes no lock.
std::int64_t live_bytes_of_this_thread();

/// Returns the idle blocks of this thread and of the shared lists to the system.
void release();

}  // namespace xtape::buffer_pool
