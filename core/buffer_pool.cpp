#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <new>
#include <utility>

#include <xtape/core/buffer_pool.hpp>

#ifdef __linux__
#include <sys/mman.h>
#endif
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
namespace {

// Size classes: four per power of two (64, 80, 96, 112, 128, 160, ...) in units of one cache line, so that at most a
// fifth of a block is wasted.
constexpr std::size_t classes = 4 * 48;

struct SizeClass {
  std::size_t index, bytes;
};

constexpr SizeClass size_class(std::size_t bytes) {
  const std::size_t lines = bytes <= alignment ? 1 : (bytes + alignment - 1) / alignment;
  if (lines <= 4) return {lines - 1, lines * alignment};
  const auto shift = static_cast<std::size_t>(std::bit_width(lines - 1)) -
                     3;                                    // lines - 1 = 1qq.. in binary, below 2^(shift + 3)
  const std::size_t quarter = ((lines - 1) >> shift) + 1;  // 5 .. 8
  return {4 * shift + quarter - 1, (quarter << shift) * alignment};
}
static_assert(size_class(1).bytes == 64 && size_class(257).bytes == 320 && size_class(513).bytes == 640);
static_assert(size_class(512).index + 1 == size_class(513).index);

// A thread keeps for itself as many blocks of a class as it took. What it gives back beyond these came from another thread,
// which will ask the shared list for as many again in its next step: there they go. So after one step as many blocks
// stand in each list as the next one takes from it, and the system is asked no more.
//
// Nor does a thread keep more than this many idle bytes of one class (but always a few blocks).
constexpr std::size_t thread_bytes_per_class = std::size_t{4} << 20;
constexpr std::size_t thread_blocks_per_class = 4;

struct FreeBlock {
  FreeBlock* next;
};

struct FreeList {
  FreeBlock* head = nullptr;
  std::size_t length = 0;
  void push(void* memory) {
    head = new (memory) FreeBlock{head};
    ++length;
  }
  void* pop() {
    if (!head) return nullptr;
    --length;
    return std::exchange(head, head->next);
  }
};

/// The idle blocks of one thread.
struct ThreadList : FreeList {
  std::size_t taken = 0;  // blocks that the thread allocated, less those it gave back
};

void hide([[maybe_unused]] void* block,
    [[maybe_unused]] std::size_t bytes) {  // an idle block's use is an error to the sanitizer
#ifdef XTAPE_ASAN
  if (bytes > sizeof(FreeBlock))
    ASAN_POISON_MEMORY_REGION(static_cast<char*>(block) + sizeof(FreeBlock), bytes - sizeof(FreeBlock));
#endif
}
void show(
    [[maybe_unused]] void* block, [[maybe_unused]] std::size_t asked, [[maybe_unused]] std::size_t bytes) {
#ifdef XTAPE_ASAN
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(block) + asked, bytes - asked);
#endif
}

struct Counters {  // written by one thread, read by any
  std::atomic<std::int64_t> blocks = 0, bytes = 0, system = 0, held = 0;
  static void add(std::atomic<std::int64_t>& counter, std::int64_t n) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
};

class ThreadPool;

struct Shared {
  std::mutex mutex;
  std::array<FreeList, classes> lists;
  ThreadPool* threads = nullptr;  // those alive, linked through `next`
  Statistics ended;               // what threads that are gone had counted
};
Shared& shared() {  // never destroyed: tensors in static storage may outlive everything else
  static auto* const it = new Shared;
  return *it;
}

class ThreadPool {
 public:
  ThreadPool() {
    const std::lock_guard lock(shared().mutex);
    next = std::exchange(shared().threads, this);
  }
  ~ThreadPool() {
    const std::lock_guard lock(shared().mutex);
    for (std::size_t i = 0; i < classes; ++i)
      while (void* block = lists[i].pop()) shared().lists[i].push(block);
    ThreadPool** link = &shared().threads;
    while (*link != this) link = &(*link)->next;
    *link = next;
    add_to(shared().ended);
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void add_to(Statistics& s) const {
    s.live_blocks += counters.blocks;
    s.live_bytes += counters.bytes;
    s.system_allocations += counters.system;
    s.held_bytes += counters.held;
  }

  std::array<ThreadList, classes> lists;
  Counters counters;
  ThreadPool* next = nullptr;
};

constinit thread_local ThreadPool* current = nullptr;
constinit thread_local bool thread_ending = false;

ThreadPool* make_current() {
  if (thread_ending) return nullptr;
  struct Owner {
    ThreadPool pool;
    ~Owner() {
      current = nullptr;
      thread_ending = true;
    }
  };
  thread_local Owner owner;
  return current = &owner.pool;
}

/// This thread's pool; nullptr once the thread has begun to end.
inline ThreadPool* this_thread() { return current ? current : make_current(); }

// Blocks of this size and more lie on the borders of large pages, which Linux then gives instead of small ones where it can:
// one fault and one clearing for 2 MiB in place of 512.
constexpr std::size_t large_page = std::size_t{2} << 20;

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes >= large_page ? large_page : alignment};
}

/// A new block. Where the system has none, idle blocks of other sizes go back to it first.
void* from_system(std::size_t bytes) {
  void* block = nullptr;
  try {
    block = ::operator new(bytes, alignment_of(bytes));
  } catch (const std::bad_alloc&) {
    release();
    block = ::operator new(bytes, alignment_of(bytes));
  }
#ifdef MADV_HUGEPAGE
  if (bytes >= large_page)
    madvise(block, bytes, MADV_HUGEPAGE);  // advice: where it is not taken, nothing is lost
#endif
  return block;
}

// What a thread does after its own pool has gone: count and keep under the lock.
void* allocate_late(SizeClass c) {
  void* block = nullptr;
  {
    const std::lock_guard lock(shared().mutex);
    block = shared().lists[c.index].pop();
  }
  const bool is_new = block == nullptr;
  if (is_new) block = from_system(c.bytes);
  const std::lock_guard lock(shared().mutex);
  ++shared().ended.live_blocks;
  shared().ended.live_bytes += static_cast<std::int64_t>(c.bytes);
  if (is_new) {
    ++shared().ended.system_allocations;
    shared().ended.held_bytes += static_cast<std::int64_t>(c.bytes);
  }
  return block;
}
void deallocate_late(void* block, SizeClass c) {
  const std::lock_guard lock(shared().mutex);
  --shared().ended.live_blocks;
  shared().ended.live_bytes -= static_cast<std::int64_t>(c.bytes);
  shared().lists[c.index].push(block);
}

void* from_elsewhere(ThreadPool& pool, SizeClass c) {
  {
    const std::lock_guard lock(shared().mutex);
    if (void* block = shared().lists[c.index].pop()) return block;
  }
  void* block = from_system(c.bytes);
  Counters::add(pool.counters.system, 1);
  Counters::add(pool.counters.held, static_cast<std::int64_t>(c.bytes));
  return block;
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 46)) throw std::bad_alloc();
  const SizeClass c = size_class(bytes);
  ThreadPool* pool = this_thread();
  void* block = nullptr;
  if (!pool) {
    block = allocate_late(c);
  } else {
    ThreadList& list = pool->lists[c.index];
    block = list.pop();
    if (!block) block = from_elsewhere(*pool, c);
    ++list.taken;
    Counters::add(pool->counters.blocks, 1);
    Counters::add(pool->counters.bytes, static_cast<std::int64_t>(c.bytes));
  }
  show(block, bytes, c.bytes);
  return block;
}

void deallocate(void* block, std::size_t bytes) noexcept {
  const SizeClass c = size_class(bytes);
  show(block, c.bytes, c.bytes);
  hide(block, c.bytes);  // before another thread can take it
  ThreadPool* pool = this_thread();
  if (!pool) {
    deallocate_late(block, c);
  } else {
    Counters::add(pool->counters.blocks, -1);
    Counters::add(pool->counters.bytes, -static_cast<std::int64_t>(c.bytes));
    ThreadList& list = pool->lists[c.index];
    const bool is_foreign = list.taken == 0;
    const bool is_too_much =
        list.length >= thread_blocks_per_class && list.length * c.bytes >= thread_bytes_per_class;
    if (!is_foreign) --list.taken;
    if (is_foreign || is_too_much) {
      const std::lock_guard lock(shared().mutex);
      shared().lists[c.index].push(block);
    } else {
      list.push(block);
    }
  }
}

Statistics statistics() {
  const std::lock_guard lock(shared().mutex);
  Statistics s = shared().ended;
  for (const ThreadPool* pool = shared().threads; pool; pool = pool->next) pool->add_to(s);
  return s;
}

std::int64_t live_bytes_of_this_thread() {
  const ThreadPool* pool = this_thread();
  return pool ? pool->counters.bytes.load(std::memory_order_relaxed) : 0;
}

void release() {
  ThreadPool* pool = this_thread();
  const std::lock_guard lock(shared().mutex);
  for (std::size_t bytes = alignment, i = 0; i < classes; bytes = size_class(bytes + 1).bytes, ++i) {
    const auto give_back = [&](FreeList& list) {
      while (void* block = list.pop()) {
        show(block, bytes, bytes);
        ::operator delete(block, alignment_of(bytes));
        shared().ended.held_bytes -= static_cast<std::int64_t>(bytes);
      }
    };
    if (pool) give_back(pool->lists[i]);
    give_back(shared().lists[i]);
  }
}

}  // namespace xtape::buffer_pool
