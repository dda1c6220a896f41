// Loops that fill arrays with random numbers. Every function writes the numbers [first, first + n) of the stream that
// `key` names; the i-th number of a stream is the same wherever the range that holds it begins and ends.
//
// Where the numbers come from: Philox block b has the counter {b, stream} and the key seed, and holds four words of 32
// bits. Sixteen blocks make a group of 64 words, sorted by their place in the block, so that a vector register computes
// 8 or 16 blocks at once and nothing has to be shuffled: word w of block 16 g + j is word 64 g + 16 w + j of the stream.
// The i-th 64-bit word of a group of 32 is made of its words i (low half) and i + 32 (high half).
// Floating point here is compiled without fused multiply-adds: all machines round alike.
#pragma once
#include <cstdint>

#include <xtape/core/random.hpp>

namespace xtape::kernels {

/// The words themselves; Word is std::uint32_t or std::uint64_t.
template <class Word>
void random_words(RandomKey key, std::uint64_t first, Word* out, Index n);

/// Uniform in [low, high): multiples of 2^-24 (float) or 2^-53 (double) of the range.
template <class T>
void random_uniform(RandomKey key, std::uint64_t first, T* out, Index n, T low, T high);

/// Normal by inverting the distribution function: one word a number for float, two for double.
template <class T>
void random_normal(RandomKey key, std::uint64_t first, T* out, Index n, T mean, T stddev);

/// Normal under the condition |z| <= 2 standard deviations, as Keras's TruncatedNormal.
template <class T>
void random_truncated_normal(RandomKey key, std::uint64_t first, T* out, Index n, T mean, T stddev);

/// Integers in [low, high); high > low. For T = std::int32_t and std::int64_t.
template <class T>
void random_integers(RandomKey key, std::uint64_t first, T* out, Index n, T low, T high);

/// out[i] = true with the given probability. Sixteen bits decide; where they stand on the border, 32 more are drawn.
void random_bernoulli(RandomKey key, std::uint64_t first, bool* out, Index n, double probability);

/// floor(word * count / 2^64): a number in [0, count), as good as even for all counts below 2^32.
inline std::uint64_t scaled_down(std::uint64_t word, std::uint64_t count) {
  const std::uint64_t low = word & 0xFFFFFFFF, high = word >> 32;
  const std::uint64_t count_low = count & 0xFFFFFFFF, count_high = count >> 32;
  const std::uint64_t middle = high * count_low + (low * count_low >> 32);
  return high * count_high + (middle >> 32) + (((middle & 0xFFFFFFFF) + low * count_high) >> 32);
}

}  // namespace xtape::kernels
