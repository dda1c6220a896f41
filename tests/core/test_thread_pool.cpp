#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>
#include <xtape/core/errors.hpp>
#include <xtape/core/thread_pool.hpp>

#include "threads.hpp"

using namespace xtape;
using xtape::testing::Threads;

namespace {

std::vector<int> calls_per_index(Index count) {
  std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
  parallel_for(count, [&](Index i) { ++calls[i]; });
  return {calls.begin(), calls.end()};
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

TEST_CASE("the number of threads is that of the cores until it is set") {
  CHECK(num_threads() == std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  const Threads threads(3);
  CHECK(num_threads() == 3);
}

TEST_CASE("a number of threads outside [1, 1024] is refused and changes nothing") {
  const Threads threads(2);
  CHECK_THROWS_WITH_AS(
      set_num_threads(0), "ValueError: set_num_threads: n must lie in [1, 1024] (received n=0)", ValueError);
  CHECK_THROWS_AS(set_num_threads(-1), ValueError);
  CHECK_THROWS_AS(set_num_threads(1025), ValueError);
  CHECK(num_threads() == 2);
}

TEST_CASE("every index is called exactly once, for any count and any number of threads") {
  for (const int n : {1, 2, 3, 4, 7}) {
    const Threads threads(n);
    for (const Index count : {0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 1000}) {
      CAPTURE(n);
      CAPTURE(count);
      CHECK(calls_per_index(count) == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
}

TEST_CASE("the pieces of a loop run on as many threads as asked for, the caller's own among them") {
  const Threads threads(4);
  std::mutex mutex;
  std::set<std::thread::id> ids;
  parallel_for(4, [&](Index) {
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  CHECK(ids.size() == 4);
  CHECK(ids.count(std::this_thread::get_id()) == 1);
}

TEST_CASE("an index stays on its thread from loop to loop") {
  const Threads threads(3);
  std::vector<std::thread::id> first(9), again(9);
  parallel_for(9, [&](Index i) { first[i] = std::this_thread::get_id(); });
  for (int round = 0; round < 50; ++round) {
    parallel_for(9, [&](Index i) { again[i] = std::this_thread::get_id(); });
    CHECK(first == again);
  }
}

TEST_CASE("one thread runs a loop in order on the caller") {
  const Threads threads(1);
  std::vector<Index> order;
  parallel_for(5, [&](Index i) { order.push_back(i); });
  CHECK(order == std::vector<Index>{0, 1, 2, 3, 4});
}

TEST_CASE("a loop may not have a negative count") {
  CHECK_THROWS_WITH_AS(parallel_for(-1, [](Index) {}),
      "ValueError: parallel_for: count must be at least 0 (received count=-1)", ValueError);
}

TEST_CASE("sums of floats combined in the order of the pieces are bit-equal for any number of threads") {
  const auto total = [] {
    std::vector<float> part(37);
    parallel_for(37, [&](Index p) {
      for (int i = 1; i < 200; ++i) part[p] += 1.0f / static_cast<float>(i + p);
    });
    return std::accumulate(part.begin(), part.end(), 0.0f);
  };
  std::set<float> totals;
  for (const int n : {1, 2, 3, 5, 8}) {
    const Threads threads(n);
    totals.insert(total());
  }
  CHECK(totals.size() == 1);
}

TEST_CASE("the exception of the lowest index reaches the caller, and the pool goes on") {
  for (const int n : {1, 2, 4}) {
    const Threads threads(n);
    for (const Index lowest : {0, 3, 50, 99}) {
      CAPTURE(n);
      CAPTURE(lowest);
      const auto throws_from_lowest = [&](Index i) {
        if (i >= lowest) throw ValueError(concat("index ", i));
      };
      CHECK_THROWS_WITH_AS(
          parallel_for(100, throws_from_lowest), concat("ValueError: index ", lowest).c_str(), ValueError);
      CHECK(calls_per_index(100) == std::vector<int>(100, 1));
    }
  }
}

TEST_CASE("indices below the one that throws are all called") {
  const Threads threads(4);
  std::vector<int> called(100);
  const auto throws_at_60 = [&](Index i) {
    if (i == 60) throw StateError("stop");
    called[i] = 1;
  };
  CHECK_THROWS_AS(parallel_for(100, throws_at_60), StateError);
  CHECK(std::accumulate(called.begin(), called.begin() + 60, 0) == 60);
}

TEST_CASE("a loop inside a loop runs where it is called") {
  const Threads threads(3);
  std::vector<std::vector<int>> calls(6, std::vector<int>(5));
  std::atomic<int> elsewhere = 0;
  parallel_for(6, [&](Index i) {
    const auto outer = std::this_thread::get_id();
    parallel_for(5, [&](Index j) {
      ++calls[i][j];
      elsewhere += std::this_thread::get_id() != outer;
    });
  });
  CHECK(calls == std::vector<std::vector<int>>(6, std::vector<int>(5, 1)));
  CHECK(elsewhere == 0);
}

TEST_CASE("an exception from an inner loop passes through the outer one") {
  const Threads threads(2);
  const auto outer = [](Index i) {
    parallel_for(4, [&](Index j) {
      if (i == 1 && j == 2) throw TypeError("inner");
    });
  };
  CHECK_THROWS_WITH_AS(parallel_for(4, outer), "TypeError: inner", TypeError);
}

TEST_CASE("a loop of one piece leaves the threads to the loops inside it") {
  const Threads threads(3);
  parallel_for(1, [](Index) { CHECK(available_threads() == 3); });
  std::atomic<int> most = 0;
  parallel_for(2, [&](Index) { most = std::max<int>(most, available_threads()); });
  CHECK(most == 1);
  CHECK(available_threads() == 3);
}

TEST_CASE("one thread runs the loops of a scope that asks for it") {
  const Threads threads(3);
  {
    const OneThread alone;
    CHECK(available_threads() == 1);
    const std::thread::id here = std::this_thread::get_id();
    int elsewhere = 0;
    parallel_for(8, [&](Index) { elsewhere += std::this_thread::get_id() != here; });
    CHECK(elsewhere == 0);
    { const OneThread again; }
    CHECK(available_threads() == 1);
  }
  CHECK(available_threads() == 3);
}

TEST_CASE("the number of threads cannot be set inside a loop") {
  for (const int n : {1, 2}) {
    const Threads threads(n);
    CHECK_THROWS_WITH_AS(parallel_for(2, [](Index) { set_num_threads(2); }),
        "StateError: set_num_threads: it must not be called inside a parallel_for", StateError);
    CHECK(num_threads() == n);
  }
}

TEST_CASE("several threads of the program may run loops at once, and set the number of threads meanwhile") {
  const Threads threads(2);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> users;
  for (int u = 0; u < 3; ++u) {
    users.emplace_back([&] {
      for (int round = 0; round < 100; ++round)
        for (const int calls : calls_per_index(17)) wrong += calls != 1;
    });
  }
  const Threads given_back(1);
  for (int round = 0; round < 20; ++round) set_num_threads(1 + round % 4);
  for (std::thread& user : users) user.join();
  CHECK(wrong == 0);
}

TEST_CASE("many short loops in a row lose no wake-up") {
  const Threads threads(4);
  std::atomic<std::int64_t> sum = 0;
  for (int round = 0; round < 5000; ++round)
    parallel_for(4, [&](Index i) { sum.fetch_add(i, std::memory_order_relaxed); });
  CHECK(sum == 5000 * 6);
}

TEST_CASE("what pieces write is visible to the caller, and what the caller writes to the next loop") {
  const Threads threads(4);
  std::vector<Index> values(64, 0);
  for (int round = 0; round < 200; ++round) {
    parallel_for(64, [&](Index i) { values[i] += i; });
    for (Index& v : values) v += 1;
  }
  for (Index i = 0; i < 64; ++i) CHECK(values[i] == 200 * (i + 1));
}

TEST_CASE("workers without work sleep") {
  const Threads threads(4);
  parallel_for(4, [](Index) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double before = processor_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  CHECK(processor_seconds() - before <
        0.2);  // of the processor, however busy the machine is; three that spin take more
}
