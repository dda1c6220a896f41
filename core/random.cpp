#include <atomic>
#include <mutex>
#include <numeric>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/random.hpp>
#include <xtape/core/random.hpp>

namespace xtape {
namespace {

struct GlobalStreams {
  std::mutex mutex;
  std::uint64_t seed = 0;
  std::uint64_t used = 0;
};

GlobalStreams& global_streams() {
  static GlobalStreams streams;
  return streams;
}

std::uint32_t low_word(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
std::uint32_t high_word(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }
std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint64_t>(high) << 32 | low;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product_0 = multiplier_0 * counter[0], product_1 = multiplier_1 * counter[2];
    counter = {high_word(product_1) ^ counter[1] ^ key[0], low_word(product_1),
        high_word(product_0) ^ counter[3] ^ key[1], low_word(product_0)};
    key[0] += 0x9E3779B9;  // the golden ratio and the root of 3 - 1, as fractions of 2^32
    key[1] += 0xBB67AE85;
  }
  return counter;
}

RandomKey fold_in(RandomKey key, std::uint64_t n) {
  // The seed is changed, so that no derived key is made of words that the stream itself gives out.
  const std::uint64_t other_seed = key.seed ^ 0xA54FF53A5F1D36F1;
  const auto words = philox4x32({low_word(n), high_word(n), low_word(key.stream), high_word(key.stream)},
      {low_word(other_seed), high_word(other_seed)});
  return {joined(words[0], words[1]), joined(words[2], words[3])};
}

void set_random_seed(std::uint64_t seed) {
  GlobalStreams& streams = global_streams();
  const std::lock_guard lock(streams.mutex);
  streams.seed = seed;
  streams.used = 0;
}

std::uint64_t random_seed() {
  GlobalStreams& streams = global_streams();
  const std::lock_guard lock(streams.mutex);
  return streams.seed;
}

RandomKey next_random_key() {
  GlobalStreams& streams = global_streams();
  const std::lock_guard lock(streams.mutex);
  return fold_in({streams.seed, 0}, streams.used++);
}

struct LazyRandomKey::State {
  std::once_flag once;
  std::optional<RandomKey> key;
};

LazyRandomKey::LazyRandomKey(std::optional<std::int64_t> seed) : state_(std::make_shared<State>()) {
  if (seed) state_->key = RandomKey{.seed = static_cast<std::uint64_t>(*seed)};
}

LazyRandomKey::operator RandomKey() const {
  std::call_once(state_->once, [&] {
    if (!state_->key) state_->key = next_random_key();
  });
  return *state_->key;
}

std::vector<Index> permutation(RandomKey key, Index n) {
  require(n >= 0, "permutation", "n must not be negative (received n=", n, ")");
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  // Fisher and Yates: from the end, each place is exchanged with one of those not yet settled.
  std::vector<std::uint64_t> words(static_cast<std::size_t>(n));
  kernels::random_words(key, 0, words.data(), n);
  for (std::size_t i = words.size(); i > 1; --i)
    std::swap(order[i - 1], order[kernels::scaled_down(words[i - 1], i)]);
  return order;
}

}  // namespace xtape
