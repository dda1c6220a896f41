// Random numbers without a state: the i-th number of a stream is a function of (key, i).
//
// A RandomKey names a stream. Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3",
// SC 2011) encrypts the counter i under the key, and what comes out looks random. So the numbers are the same on every
// machine, for any number of threads and for any way to cut the work: whoever needs the numbers [first, last) asks for
// these. New streams are derived with fold_in: a layer's from the model's, a step's from the layer's.
// The loops that fill arrays are in kernels/random.hpp; random tensors are made in ops/random.hpp.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <xtape/core/shape.hpp>

namespace xtape {

/// The name of a stream of random numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  friend constexpr bool operator==(const RandomKey&, const RandomKey&) = default;
};

/// Philox4x32-10: four words for each counter and key.
std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// The key of the n-th stream derived from this one; streams of different n, or of different keys, are independent.
RandomKey fold_in(RandomKey key, std::uint64_t n);

/// Sets the seed of everything random that is not given one of its own, and starts its streams from the beginning, like
/// keras.utils.set_random_seed. This is global state, shared by all threads; the seed is 0 until it is set.
void set_random_seed(std::uint64_t seed);
/// The seed that was set last.
std::uint64_t random_seed();
/// A new stream of the global seed: the first call after set_random_seed gives the first stream, and so on.
RandomKey next_random_key();

/// The stream of something that is made with a seed or without one, such as an initializer. With a seed it is that
/// seed's; without, it is the next of the global seed when it is first asked for, and then stays. Copies share it.
class LazyRandomKey {
 public:
  explicit LazyRandomKey(std::optional<std::int64_t> seed = {});
  operator RandomKey() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The numbers 0, 1, ..., n - 1 in random order, each order as likely as any other. Throws ValueError for n < 0.
std::vector<Index> permutation(RandomKey key, Index n);

}  // namespace xtape
