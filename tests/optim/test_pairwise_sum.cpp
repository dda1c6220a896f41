#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/pairwise_sum.hpp>

using namespace xtape;

namespace {

/// Numbers of very different sizes, so that each order of adding gives another float.
std::vector<float> numbers(std::size_t count) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(std::ldexp(static_cast<float>(random()), -static_cast<int>(random() % 30)));
  return out;
}

/// By halves, the first one being the largest power of two that is less.
float by_definition(const std::vector<float>& values, std::size_t first, std::size_t count) {
  if (count == 1) return values[first];
  std::size_t half = 1;
  while (2 * half < count) half *= 2;
  return by_definition(values, first, half) + by_definition(values, first + half, count - half);
}

}  // namespace

TEST_CASE("a pairwise sum is the same in whatever order its parts come, and from any thread") {
  std::mt19937 random(7);
  for (std::size_t parts = 1; parts <= 20; ++parts) {
    CAPTURE(parts);
    const std::vector<float> values = numbers(parts);
    std::vector<std::size_t> order(parts);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int round = 0; round < 4; ++round) {
      PairwiseSum sum(parts);
      const auto add_every_third = [&](std::size_t first) {
        for (std::size_t i = first; i < parts; i += 3) sum.add(order[i], {Tensor(values[order[i]])});
      };
      add_every_third(0);
      std::thread other([&] { add_every_third(1); });
      add_every_third(2);
      other.join();
      const Tensors total = sum.total();
      REQUIRE(total.size() == 1);
      CHECK(static_cast<float>(total[0].item()) == by_definition(values, 0, parts));
      std::shuffle(order.begin(), order.end(), random);
    }
  }
}

TEST_CASE("in a pairwise sum None counts as nothing") {
  PairwiseSum sum(3);
  sum.add(0, {Tensor(1.0f), Tensor(), Tensor()});
  sum.add(2, {Tensor(4.0f), Tensor(8.0f), Tensor()});
  sum.add(1, {Tensor(), Tensor(16.0f), Tensor()});
  const Tensors total = sum.total();
  CHECK(total[0].item() == 5);
  CHECK(total[1].item() == 24);
  CHECK_FALSE(total[2]);
}

TEST_CASE("a pairwise sum has no total before all parts have come") {
  PairwiseSum sum(3);
  CHECK_THROWS_AS(sum.total(), StateError);
  sum.add(0, {Tensor(1.0f)});
  sum.add(2, {Tensor(4.0f)});
  CHECK_THROWS_AS(sum.total(), StateError);
  sum.add(1, {Tensor(2.0f)});
  CHECK(sum.total()[0].item() == 7);
}
