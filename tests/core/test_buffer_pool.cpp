#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <random>
#include <thread>
#include <vector>
#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/tensor.hpp>

#include "threads.hpp"

using namespace xtape;
using buffer_pool::allocate;
using buffer_pool::deallocate;
using buffer_pool::statistics;
using xtape::testing::Threads;

namespace {
constexpr std::size_t megabyte = std::size_t{1} << 20;

template <class F>
void on_another_thread(F f) {
  std::thread(f).join();
}
}  // namespace

TEST_CASE("blocks of every size are aligned, writable to their end and apart from each other") {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 0; bytes < 3000; bytes += 37) blocks.emplace_back(nullptr, bytes);
  for (const std::size_t bytes : {64, 65, 256, 257, 320, 321, 4096, 100000, 5000000})
    blocks.emplace_back(nullptr, bytes);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto& [block, bytes] = blocks[i];
    block = static_cast<unsigned char*>(allocate(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(block) % buffer_pool::alignment == 0);
    std::memset(block, static_cast<int>(i & 255), bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& [block, bytes] = blocks[i];
    bool intact = true;
    for (std::size_t b = 0; b < bytes; ++b) intact = intact && block[b] == (i & 255);
    CHECK(intact);
    deallocate(block, bytes);
  }
}

TEST_CASE("statistics count live blocks, and their bytes by size class: at most a fifth more than asked") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{1000},
           std::size_t{4097}, megabyte, megabyte + 1, 3 * megabyte + 12345}) {
    CAPTURE(bytes);
    const auto before = statistics();
    void* block = allocate(bytes);
    const auto after = statistics();
    CHECK(after.live_blocks == before.live_blocks + 1);
    const auto taken = static_cast<std::size_t>(after.live_bytes - before.live_bytes);
    CHECK(taken >= bytes);
    CHECK(taken <= bytes + bytes / 4 + buffer_pool::alignment);
    deallocate(block, bytes);
    CHECK(statistics().live_blocks == before.live_blocks);
    CHECK(statistics().live_bytes == before.live_bytes);
  }
}

TEST_CASE("a block that was given back is handed out again") {
  void* first = allocate(12345);
  deallocate(first, 12345);
  void* again = allocate(12300);  // the same size class
  CHECK(again == first);
  deallocate(again, 12300);
}

TEST_CASE("a steady loop asks the system for nothing") {
  const auto step = [] {
    std::vector<Tensor> kept;
    for (Index size = 1; size < 200000; size = 3 * size + 1) {
      kept.push_back(zeros({size}));
      const Tensor temporary = ones({size, 2});
    }
  };
  step();
  const auto before = statistics();
  for (int i = 0; i < 100; ++i) step();
  const auto after = statistics();
  CHECK(after.system_allocations == before.system_allocations);
  CHECK(after.held_bytes == before.held_bytes);
  CHECK(after.live_blocks == before.live_blocks);
}

TEST_CASE("blocks that one thread allocates and another frees come back: memory does not grow") {
  constexpr std::size_t bytes = 2 * megabyte;
  const auto hand_over = [] {
    std::vector<void*> blocks;
    for (int i = 0; i < 16; ++i) blocks.push_back(allocate(bytes));
    on_another_thread([&] {
      for (void* block : blocks) deallocate(block, bytes);
    });
  };
  hand_over();
  const auto before = statistics();
  for (int i = 0; i < 10; ++i) hand_over();
  CHECK(statistics().system_allocations == before.system_allocations);
  CHECK(statistics().live_blocks == before.live_blocks);
}

TEST_CASE("small blocks that a worker allocates and the caller frees go back to the worker at once") {
  const Threads threads(2);
  std::vector<void*> blocks(8);
  const auto step = [&] {
    parallel_for(8, [&](Index i) { blocks[static_cast<std::size_t>(i)] = allocate(1000); });
    for (void* block : blocks) deallocate(block, 1000);
  };
  step();
  const auto before = statistics();
  for (int i = 0; i < 100; ++i) step();
  CHECK(statistics().system_allocations == before.system_allocations);
  CHECK(statistics().held_bytes == before.held_bytes);
}

TEST_CASE("a thread that lives long and only frees passes blocks on to those who allocate") {
  constexpr std::size_t bytes = 3 * megabyte;
  std::atomic<void*> slot = nullptr;
  std::atomic<bool> done = false;
  std::thread consumer([&] {
    while (!done)
      if (void* block = slot.exchange(nullptr, std::memory_order_acq_rel)) deallocate(block, bytes);
  });
  const auto before = statistics();
  for (int i = 0; i < 200; ++i) {
    void* block = allocate(bytes);
    slot.store(block, std::memory_order_release);
    while (slot.load(std::memory_order_acquire)) std::this_thread::yield();
  }
  done = true;
  consumer.join();
  CHECK(statistics().system_allocations - before.system_allocations <= 10);
  CHECK(statistics().live_blocks == before.live_blocks);
}

TEST_CASE("what a thread held idle is there for others after its end") {
  constexpr std::size_t bytes = 7 * megabyte;
  void* theirs = nullptr;
  on_another_thread([&] {
    theirs = allocate(bytes);
    deallocate(theirs, bytes);
  });
  const auto before = statistics();
  void* mine = allocate(bytes);
  CHECK(statistics().system_allocations == before.system_allocations);
  CHECK(mine == theirs);
  deallocate(mine, bytes);
}

TEST_CASE("release returns idle blocks to the system and leaves live ones alone") {
  const Threads new_ones(num_threads() + 1);  // those that other tests left hold idle blocks of their own
  constexpr std::size_t bytes = 9 * megabyte;
  auto* live = static_cast<char*>(allocate(bytes));
  live[bytes - 1] = 'x';
  deallocate(allocate(5 * megabyte), 5 * megabyte);
  on_another_thread([] { deallocate(allocate(6 * megabyte), 6 * megabyte); });
  const auto before = statistics();
  buffer_pool::release();
  const auto after = statistics();
  CHECK(before.held_bytes - after.held_bytes >= static_cast<std::int64_t>(11 * megabyte));
  CHECK(after.held_bytes >= static_cast<std::int64_t>(bytes));
  CHECK(after.live_blocks == before.live_blocks);
  CHECK(live[bytes - 1] == 'x');
  deallocate(live, bytes);
  buffer_pool::release();
  CHECK(statistics().held_bytes == statistics().live_bytes);
}

TEST_CASE("a size that no memory has throws bad_alloc and counts nothing") {
  const auto before = statistics();
  CHECK_THROWS_AS(allocate(std::size_t{1} << 50), std::bad_alloc);
  CHECK_THROWS_AS(allocate(~std::size_t{0}), std::bad_alloc);
  CHECK(statistics().live_blocks == before.live_blocks);
  CHECK(statistics().held_bytes == before.held_bytes);
}

TEST_CASE("many threads may allocate, exchange, free, release and count at once") {
  const auto before = statistics();
  std::vector<std::atomic<void*>> slots(32);  // blocks of 512 bytes that wander from thread to thread
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&slots, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 3000; ++i) {
        void* block = allocate(512);
        std::memset(block, static_cast<int>(seed), 512);
        if (void* other = slots[random() % slots.size()].exchange(block, std::memory_order_acq_rel))
          deallocate(other, 512);
        if (i % 500 == 0) buffer_pool::release();
        if (i % 100 == 0) static_cast<void>(statistics());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& slot : slots)
    if (void* block = slot.load()) deallocate(block, 512);
  CHECK(statistics().live_blocks == before.live_blocks);
  CHECK(statistics().live_bytes == before.live_bytes);
}

namespace {
// Ends after the thread's own lists have, when it was made before them: memory must still work then.
struct EndsLate {
  Tensor tensor;
  ~EndsLate() {
    if (tensor) tensor = zeros({1000}).view_as({10, 100});
  }
};
thread_local EndsLate ends_late;
EndsLate outlives_main;  // and a tensor in static storage
}  // namespace

TEST_CASE("tensors may be made and dropped while a thread ends and after main") {
  const auto before = statistics();
  on_another_thread([] {
    static_cast<void>(&ends_late.tensor);  // made here, before the thread's first allocation
    ends_late.tensor = ones({1000});
  });
  CHECK(statistics().live_blocks == before.live_blocks);
  CHECK(statistics().live_bytes == before.live_bytes);
  outlives_main.tensor = ones({500});
}

TEST_CASE("large blocks lie where large pages begin, and go back to the system") {
  constexpr std::size_t page = 2 * megabyte;
  for (const std::size_t bytes : {page, page + 1, 5 * page - 64, 40 * page}) {
    const std::int64_t held = statistics().held_bytes;
    void* block = allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % page == 0);
    std::memset(block, 1, bytes);
    deallocate(block, bytes);
    CHECK(allocate(bytes) == block);
    deallocate(block, bytes);
    buffer_pool::release();
    CHECK(statistics().held_bytes <= held);
  }
}
