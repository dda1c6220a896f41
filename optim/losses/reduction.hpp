// From a value for each sample to one number: shapes that differ by an axis of length 1, weights, masks, reductions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// How the values of the samples become one number; Keras's names.
enum class Reduction { sum_over_batch_size, sum, mean, mean_with_sample_weight, none };
/// "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", or None, which is "none". Throws ValueError for
/// others.
Reduction reduction_from_name(const std::optional<std::string>& name);
std::string_view name(Reduction reduction);

/// Keras's squeeze_or_expand_to_same_rank: where a has one axis more than b, and it is the last and of length 1, it is
/// dropped; where b is a plain list, b gets it too. The same the other way round.
void match_ranks(Tensor& a, Tensor& b);

/// y_true in the dtype of y_pred, integers as real numbers, and both of one rank (match_ranks): how losses take them.
struct Compared {
  Tensor y_true, y_pred;
};
/// Throws ValueError, beginning with `owner`, when the shapes cannot be broadcast.
Compared compared(const Tensor& y_true, const Tensor& y_pred, std::string_view owner);

/// `weight` with axes of length 1 appended up to `rank`: one weight a sample serves all its values, one a step all of the
/// step's. A last axis of length 1 that is too many is dropped. None stays None.
Tensor align_weight(const Tensor& weight, Index rank);

/// Values with their weights: what a reduction adds up, and what it divides by.
struct WeightedValues {
  Tensor values;  ///< times weights and mask
  double count;   ///< the number of values that count; for mean_with_sample_weight the sum of the weights
  bool masked;    ///< whether a mask has a part in count
};

/// values (N, ...) times sample_weight and mask, each (N,), (N, 1) or (N, ...). A mask says which values count: a mean is
/// over these alone. Throws ValueError for shapes that do not fit.
WeightedValues weigh(
    const Tensor& values, const Tensor& sample_weight, const Tensor& mask, Reduction reduction);

/// The same, reduced: see Loss. Values that are one number are not reduced.
Tensor reduce_weighted_values(
    const Tensor& values, const Tensor& sample_weight, Reduction reduction, const Tensor& mask = {});

}  // namespace xtape
