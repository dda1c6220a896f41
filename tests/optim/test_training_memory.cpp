// Training and inference take memory from the system in their first steps, and none in later ones.
#include <unistd.h>

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/fit.hpp>

#include "autoencoder.hpp"
#include "sanitizers.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::testing;
using buffer_pool::statistics;

namespace {

/// What the program holds of the machine's memory now.
std::int64_t resident_bytes() {
  std::int64_t pages_of_addresses = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages_of_addresses >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

/// Runs `f` some times to warm up, then some times more, in which the pool must stand still.
template <class F>
void check_steady(int warm_up, int times, F f) {
  for (int i = 0; i < warm_up; ++i) f();
  const auto before = statistics();
  for (int i = 0; i < times; ++i) f();
  const auto after = statistics();
  CHECK(after.system_allocations == before.system_allocations);
  CHECK(after.held_bytes == before.held_bytes);
  CHECK(after.live_blocks == before.live_blocks);
  CHECK(after.live_bytes == before.live_bytes);
}
/// It takes some steps until the caller, who adds up what the threads found, passes on all blocks that they ask for again.
constexpr int warm_up_of_training = 5;

template <class F>
void check_steady(const F& f, int warm_up = 3) {
  check_steady(warm_up, has_sanitizer() ? 3 : 20, f);
}

}  // namespace

TEST_CASE("ten thousand steps hold no more memory than one thousand") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    const Threads scope(threads);
    const Tensor x = random_normal({8, 32, 1});
    const Sequential model({Input({.shape = {32, 1}}),
        Conv1D({.filters = 4, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"}),
        Dropout({.rate = 0.1}),
        Conv1DTranspose({.filters = 1, .kernel_size = 3, .strides = 2, .padding = "same"})});
    model.compile({.optimizer = Adam(), .loss = "mse"});
    const auto step = [&] { model.train_on_batch(x, x); };
    const int first = has_sanitizer() ? 100 : 1000;
    std::int64_t resident_before = 0;
    check_steady(first, 9 * first, [&, i = 0]() mutable {
      if (i++ == first) resident_before = resident_bytes();
      step();
    });
    if (!has_sanitizer())
      CHECK(resident_bytes() - resident_before < 128 << 10);  // 15 bytes a step would be seen
  }
}

TEST_CASE("a steady step of training asks the system for no memory, for any number of threads") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    const Threads scope(threads);
    const Tensor x = random_normal({64, 288, 1});
    const Sequential model = autoencoder();
    model.compile({.optimizer = Adam(), .loss = "mse"});
    check_steady([&] { model.train_on_batch(x, x); }, warm_up_of_training);
  }
}

TEST_CASE("nor does fit, with shuffling, validation and a short last batch") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    const Threads scope(threads);
    const Tensor x = random_normal({100, 288, 1});
    const Sequential model = autoencoder();
    model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {"mae"}});
    check_steady(
        [&] { model.fit(x, x, {.batch_size = 32, .epochs = 1, .verbose = 0, .validation_split = 0.1}); },
        warm_up_of_training);
  }
}

TEST_CASE("nor do predict and evaluate") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    const Threads scope(threads);
    const Tensor x = random_normal({64, 288, 1});
    const Sequential model = autoencoder();
    model.compile({.optimizer = Adam(), .loss = "mse"});
    check_steady([&] {
      model.predict(x);
      model.evaluate(x, x);
    });
  }
}

TEST_CASE("a step's memory does not grow with the batch") {
  const Threads scope(2);
  const Tensor few = random_normal({512, 288, 1}), many = random_normal({2048, 288, 1});
  const Sequential model = autoencoder();
  model.compile({.optimizer = Adam(), .loss = "mse"});
  for (int i = 0; i < 5; ++i) model.train_on_batch(few, few);
  const std::int64_t before = statistics().held_bytes;
  for (int i = 0; i < (has_sanitizer() ? 2 : 5); ++i) model.train_on_batch(many, many);
  // The gradients of ten more micro-batches would be seen, and there are some 170 more.
  CHECK(statistics().held_bytes - before < 10 * 4 * model.count_params());
}
