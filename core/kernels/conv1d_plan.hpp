/// How a convolution becomes matrix products without copying its input: folding.
///
/// Both conv1d and conv1d_transpose gather: each step of their result is a sum over steps of their source,
///
///     out[p, j] = sum over taps k and source channels i of  in[offset(p, k), i] * w[k, i, j]
///
///     conv1d            out = y, in = x    offset(p, k) = p*strides + k*dilation - left
///     conv1d_transpose  out = x, in = y    offset(p, k) = (p + left - k*dilation) / strides, where that is whole
///
/// and when p moves on by `fold` steps, every offset moves on by the same whole number, `hop`. So `fold` consecutive
/// steps of out, which lie side by side in memory, are one row of a matrix:
///
///     row r of out:   out[r*fold, 0..], ..., out[r*fold + fold-1, 0..]        fold * out_channels columns
///     row r of in:    in[r*hop + o, 0..] for all offsets o in use             taps * in_channels elements
///     packed weights: row (o, i), column (p, j) holds w[k, i, j] where offset(p, k) = o, else 0
///
/// For a transposed convolution with strides 2 and kernel size 7 (left = 3), fold is 2 and row r gathers
///
///     in step              r-1   r   r+1  r+2
///     phase 0 (out 2r)      5    3    1         <- the tap k that each step meets
///     phase 1 (out 2r+1)    6    4    2    0
///
/// Nothing is scattered and no zero is inserted between steps. Rows of `in` overlap; registers do not mind.
/// Folding more than a phase's worth fills SIMD vectors when a step has few channels, at the price of some zeros in
/// the packed weights. Columns are cut into blocks of a few vectors, and each block keeps only the offsets it needs.
///
/// The kernel gradient is the same plan read backwards: it computes the packed weights' gradient and adds the columns
/// that hold the same w[k, i, j].
#pragma once

#include <algorithm>
#include <vector>
#include <xtape/core/kernels/conv1d.hpp>

namespace xtape::kernels {

/// Neighbouring offsets: taps first .. last of a block read source steps offset, offset + 1, ...
struct TapRun {
  Index first, last, offset;
};

struct Range {
  Index first, last;
  Index size() const { return last > first ? last - first : 0; }
};

/// The part of a that lies in b.
inline Range intersection(const Range& a, const Range& b) {
  const Index first = std::clamp(b.first, a.first, a.last);
  return {first, std::clamp(b.last, first, a.last)};
}

/// Some columns of the folded result: columns [column, column + columns) of each row, `width` in the packed weights
/// (a whole number of vectors, or 1 for a dot product).
struct ColumnBlock {
  Index column, columns, width;
  Index first_phase, last_phase;  // the steps p its columns belong to, both included
  Index taps = 0;                 // distinct offsets in use
  Index low_offset = 0, high_offset = 0;
  Index runs = 0, run_count = 0;  // its part of Conv1DPlan::runs
  Index slots = 0;  // its part of Conv1DPlan::slots: offset - low_offset -> tap, -1 where unused
  Index weights =
      0;  // where its packed weights begin, among those of all blocks; its column where w serves as it is
  Range
      inside{};  // the rows that need no care: all their taps are in the source, their columns in the result
  Range inside_width{};  // and those of them that have the columns up to `width` as well
};

class Conv1DPlan {
 public:
  enum class Gather { y, x };

  /// lanes: elements in a SIMD vector; allow_dot: whether columns may be computed as dot products along the source.
  Conv1DPlan(const Conv1DSizes& sizes, Gather gather, Index lanes, bool allow_dot);
  /// The same, kept for the next call with these arguments. Valid until the calling
  /// thread asks for another plan, which may take its place.
  static const Conv1DPlan& of(const Conv1DSizes& sizes, Gather gather, Index lanes, bool allow_dot);

  /// Vector multiply-adds for one step of out.
  double work() const { return work_; }
  /// Whether w as it stands serves as packed weights: block b begins at its column, rows are a row of w apart.
  bool uses_weights_in_place() const { return in_place_; }
  /// Whether some packed weights are 0 because a step of out does not meet a step of the source that others of its row do.
  bool fills_in_zeros() const;
  /// The rows that find the step `offset` after their first one inside the source.
  Range rows_inside(Index offset) const;
  /// The taps of a block that row r finds inside the source.
  Range taps_inside(const ColumnBlock& block, Index r) const;

  /// Some blocks whose packed weights are in use together. All of them when weights are used in place; else as many from
  /// `first` on as fill no more than `most` elements, but at least one.
  Range panel(Index first, Index most) const;
  /// The elements of their packed weights.
  Index packed_size(Range panel) const;
  /// The same of all blocks.
  Index packed_size() const { return packed_size_; }
  /// Their packed weights, from w, whose rows of y_channels filters lie `w_pitch` elements apart.
  template <class T>
  void pack(Range panel, const T* w, Index w_pitch, T* packed) const;
  /// Bias, a number for each channel of out (0 when null), as one for each column, filled up to whole blocks: block b's
  /// begins at its column.
  template <class T>
  void spread_bias(const T* bias, T* spread) const;
  /// The transpose of `pack` for one block: adds its packed numbers to the elements of w they came from.
  template <class T>
  void unpack_add(const ColumnBlock& block, const T* packed, T* w, Index w_pitch) const;

  Index batch = 0, in_steps = 0, in_channels = 0, out_steps = 0, out_channels = 0;
  Index fold = 1, hop = 1, rows = 0;
  Index spread_columns = 0;  // columns of all blocks, each filled up to whole vectors
  std::vector<ColumnBlock> blocks;
  std::vector<TapRun> runs;

 private:
  template <class Body>
  void for_each_tap(Index phase, Body body) const;
  template <class Body>
  void for_each_weight_row(const ColumnBlock& block, Body body) const;
  Index columns_from(Index column, Index columns, Index lanes) const;
  double cost(Index fold_tried, Index lanes) const;
  double dot_cost(Index lanes) const;
  Index union_size(Index first_phase, Index last_phase) const;
  void add_block(Index column, Index columns, Index width);
  Range rows_inside(const ColumnBlock& block, Index reach) const;

  double work_ = 0;
  Index kernel_size_ = 0;
  Index phase_step_ = 1, tap_step_ = 1, shift_ = 0,
        divisor_ = 1;  // offset = (p*phase_step + k*tap_step + shift) / divisor
  bool transposed_ = false, in_place_ = false;
  Index packed_size_ = 0;  // of all blocks
  std::vector<Index> slots_;
};

}  // namespace xtape::kernels
