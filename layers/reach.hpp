// Reach: which steps of its input a step of a layer's output is made of.
//
// Layers like convolutions see no more than some neighbouring steps, and so does a chain of them. Then a long sample need not
// be computed in one piece: any stretch of the output follows from a window of the input. Training and prediction use that to
// keep what they compute in cache (optim/training/batch.hpp).
#pragma once
#include <optional>

#include <xtape/core/shape.hpp>

namespace xtape {

/// a / b rounded down, also below 0, for b > 0.
constexpr Index floor_divide(Index a, Index b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Step t of the output is a function of the steps
///
///     floor((t*down + first) / up)  ...  floor((t*down + last) / up)
///
/// of the input, as far as they exist: how they are used depends on nothing but which of them exist. And a window of the input
/// that holds all these has an output with that step, wherever else the window begins and ends.
///
///     step by step              up 1         down 1         first 0                           last 0
///     convolution               up 1         down strides   first -left                       last span - 1 - left
///     transposed convolution    up strides   down 1         first left - span + up, up to 0   last left, or more
///
/// (left and span as in convolution.hpp.) An input that begins n steps later has an output that begins n*up/down steps later.
/// For everything on the way to make whole steps of it, n must be a multiple of `period`.
struct Reach {
  Index up = 1, down = 1;
  Index first = 0, last = 0;
  Index period = 1;

  bool operator==(const Reach&) const = default;

  /// The bounds above; negative, or beyond the last step, where the input ends before.
  Index first_input(Index step) const;
  Index last_input(Index step) const;
};

/// A convolution's, and a transposed one's, whose output has `of_last` steps for the last of the input and
/// `strides` for each of the others.
Reach reach_of_convolution(Index strides, Index span, Index left);
Reach reach_of_transpose(Index strides, Index span, Index left, Index of_last);

/// The reach of `after` on the outputs of `before`; None where the numbers become too large, which no sample is long
/// enough for.
std::optional<Reach> then(const std::optional<Reach>& before, const std::optional<Reach>& after);
/// The reach of what is made of two tensors step by step; None when they do not have the same steps.
std::optional<Reach> both(const std::optional<Reach>& a, const std::optional<Reach>& b);

}  // namespace xtape
