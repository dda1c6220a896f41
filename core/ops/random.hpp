// Random tensors. They depend on their key alone, so an op that wants the same numbers again draws them again.
#pragma once
#include <optional>

#include <xtape/core/random.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct RandomOptions {
  /// The stream; a new one of the global seed (see set_random_seed) when absent.
  std::optional<RandomKey> key = {};
  DType dtype = default_dtype();
  /// The place in the stream of the first element: a part of a larger tensor is drawn alone by starting at its offset.
  std::uint64_t first = 0;
};

/// Uniform in [low, high), of float32 or float64. Throws ValueError unless low <= high and both are finite.
Tensor random_uniform(const Shape& shape, double low = 0, double high = 1, const RandomOptions& options = {});

/// Normal with that mean and standard deviation. Throws ValueError for a negative stddev.
Tensor random_normal(
    const Shape& shape, double mean = 0, double stddev = 1, const RandomOptions& options = {});

/// Normal, but redrawn while it is more than two standard deviations from the mean (keras.random.truncated_normal).
/// `stddev` is that of the normal before the tails are cut. Throws ValueError for a negative stddev.
Tensor truncated_normal(
    const Shape& shape, double mean = 0, double stddev = 1, const RandomOptions& options = {});

/// Integers in [low, high), each as likely as any other; of int32 unless options say int64.
/// Throws ValueError unless low < high and the dtype holds both, TypeError for other dtypes.
Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high,
    const RandomOptions& options = {.dtype = DType::int32});

/// Booleans that are true with that probability. Throws ValueError unless it is in [0, 1].
Tensor random_bernoulli(
    const Shape& shape, double probability, const RandomOptions& options = {.dtype = DType::boolean});

/// The rows of x (its entries along the first axis) in random order. The gradient is not recorded.
/// Throws ValueError for a scalar.
Tensor shuffle(const Tensor& x, const RandomOptions& options = {});

}  // namespace xtape
