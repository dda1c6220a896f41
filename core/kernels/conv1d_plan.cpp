#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_plan.hpp>

namespace xtape::kernels {
namespace {

constexpr Index vectors_in_block = 2;
constexpr Index widest_in_place =
    64;  // longer rows of w scatter a block's weights over too many pages and cache sets
constexpr double finish_of_dot = 10;  // what adding up one vector's lanes costs, in vector multiply-adds

// to[j * to_pitch + i] = from[i * from_pitch + j] for i, j < 4, in registers.
template <class T>
void transpose_4x4(const T* from, Index from_pitch, T* to, Index to_pitch) {
  typedef T Four __attribute__((vector_size(4 * sizeof(T))));
  const auto load = [&](Index i, Four& row) { std::memcpy(&row, from + i * from_pitch, sizeof row); };
  const auto store = [&](Index j, const Four& row) { std::memcpy(to + j * to_pitch, &row, sizeof row); };
  Four a, b, c, d;
  load(0, a), load(1, b), load(2, c), load(3, d);
  const Four low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
             high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
             high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(0, __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5));
  store(1, __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7));
  store(2, __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5));
  store(3, __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7));
}

// to[j * to_pitch + i] = from[i * from_pitch + j]
template <class T>
void copy_transposed(const T* from, Index from_pitch, Index rows, Index columns, T* to, Index to_pitch) {
  Index i = 0;
  for (; i + 4 <= rows; i += 4) {
    Index j = 0;
    for (; j + 4 <= columns; j += 4)
      transpose_4x4(from + i * from_pitch + j, from_pitch, to + j * to_pitch + i, to_pitch);
    for (; j < columns; ++j)
      for (Index l = i; l < i + 4; ++l) to[j * to_pitch + l] = from[l * from_pitch + j];
  }
  for (; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) to[j * to_pitch + i] = from[i * from_pitch + j];
}

// to[i * to_pitch + j] = from[i * from_pitch + j]
template <class T>
void copy_rows(const T* from, Index from_pitch, Index rows, Index columns, T* to, Index to_pitch) {
  if (from_pitch == columns && to_pitch == columns) {
    std::copy_n(from, rows * columns, to);
  } else if (columns < 8) {  // down the columns, whose loop is the longer one
    for (Index j = 0; j < columns; ++j)
      for (Index i = 0; i < rows; ++i) to[i * to_pitch + j] = from[i * from_pitch + j];
  } else {
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j) to[i * to_pitch + j] = from[i * from_pitch + j];
  }
}

}  // namespace

// Calls body(k, offset) for the taps that reach `phase`.
template <class Body>
void Conv1DPlan::for_each_tap(Index phase, Body body) const {
  const Index period = divisor_ / std::gcd(divisor_, std::abs(tap_step_));
  for (Index first = 0; first < std::min(period, kernel_size_); ++first) {
    const Index start = phase * phase_step_ + first * tap_step_ + shift_;
    if (start % divisor_ != 0) continue;
    const Index advance = period * tap_step_ / divisor_;
    for (Index k = first, offset = start / divisor_; k < kernel_size_; k += period, offset += advance)
      body(k, offset);
    return;
  }
}

// How many offsets that many neighbouring phases use together, about.
Index Conv1DPlan::union_size(Index phases) const {
  const Index each = divide_up(kernel_size_, divisor_);
  const Index span = ((kernel_size_ - 1) * std::abs(tap_step_) + (phases - 1) * phase_step_) / divisor_ + 1;
  return std::min(phases * each, span);
}

// Vector multiply-adds for one step of out and one channel of in.
double Conv1DPlan::cost(Index fold_tried, Index lanes) const {
  const Index columns = fold_tried * out_channels, width = vectors_in_block * lanes;
  double total = 0;
  for (Index column = 0; column < columns; column += width) {
    const Index last = std::min(column + width, columns) - 1;
    const Index vectors = divide_up(last + 1 - column, lanes);
    total += static_cast<double>(vectors * union_size(last / out_channels - column / out_channels + 1));
  }
  return total / static_cast<double>(fold_tried);
}

double Conv1DPlan::dot_cost(Index lanes) const {
  const Index taps = divide_up(kernel_size_, divisor_);
  const bool gapless = std::abs(tap_step_) == 1 || std::abs(tap_step_) == divisor_;
  const Index length = gapless ? taps * in_channels : in_channels, count = gapless ? 1 : taps;
  const double work = static_cast<double>(count * (length / lanes + length % lanes)) + finish_of_dot;
  return work * static_cast<double>(out_channels) / static_cast<double>(std::max<Index>(in_channels, 1));
}

void Conv1DPlan::build(const Conv1DSizes& z, Gather gather, Index lanes, bool allow_dot) {
  transposed_ = gather == Gather::x;
  batch = z.batch;
  in_steps = transposed_ ? z.y_steps : z.x_steps, in_channels = transposed_ ? z.y_channels : z.x_channels;
  out_steps = transposed_ ? z.x_steps : z.y_steps, out_channels = transposed_ ? z.x_channels : z.y_channels;
  kernel_size_ = z.kernel_size;
  phase_step_ = transposed_ ? 1 : z.strides, divisor_ = transposed_ ? z.strides : 1;
  tap_step_ = transposed_ ? -z.dilation : z.dilation, shift_ = transposed_ ? z.left : -z.left;

  // The fold, in units of the phases of a transposed convolution, with the fewest multiply-adds.
  Index best = 1;
  if (out_channels % lanes != 0)
    for (Index tried = 2; tried <= lanes && tried * divisor_ <= out_steps; ++tried)
      if (cost(tried * divisor_, lanes) < 0.95 * cost(best * divisor_, lanes)) best = tried;
  const bool dot = allow_dot && dot_cost(lanes) < cost(best * divisor_, lanes);
  if (dot) best = 1;
  fold = best * divisor_, hop = best * phase_step_;
  rows = divide_up(out_steps, fold);
  work_ = (dot ? dot_cost(lanes) : cost(fold, lanes)) * static_cast<double>(in_channels);
  in_place_ = !transposed_ && !dot && out_channels % lanes == 0 && out_channels <= widest_in_place;

  blocks.clear(), runs.clear(), slots_.clear(), packed_size = 0;
  const Index columns = std::min(fold, out_steps) * out_channels;
  const Index width = dot ? 1 : vectors_in_block * lanes;
  for (Index column = 0; column < columns; column += width) {
    const Index taken = std::min(width, columns - column);
    add_block(column, taken, dot ? 1 : divide_up(taken, lanes) * lanes);
  }
}

void Conv1DPlan::add_block(Index column, Index columns, Index width) {
  ColumnBlock block{column, columns, width, column / out_channels, (column + columns - 1) / out_channels};
  Index low = std::numeric_limits<Index>::max(), high = std::numeric_limits<Index>::min();
  for (Index p = block.first_phase; p <= block.last_phase; ++p)
    for_each_tap(p, [&](Index, Index offset) { low = std::min(low, offset), high = std::max(high, offset); });

  block.runs = static_cast<Index>(runs.size()), block.slots = static_cast<Index>(slots_.size());
  block.weights = in_place_ ? column : packed_size;
  if (low <= high) {
    slots_.resize(slots_.size() + static_cast<std::size_t>(high - low + 1), -1);
    Index* slot = slots_.data() + block.slots;
    for (Index p = block.first_phase; p <= block.last_phase; ++p)
      for_each_tap(p, [&](Index, Index offset) { slot[offset - low] = 0; });
    for (Index o = low; o <= high; ++o) {
      if (slot[o - low] < 0) continue;
      slot[o - low] = block.taps++;
      if (o == low || slot[o - low - 1] < 0) runs.push_back({block.taps - 1, block.taps - 1, o});
      runs.back().last = block.taps;
    }
    block.low_offset = low, block.high_offset = high;
  }
  block.run_count = static_cast<Index>(runs.size()) - block.runs;
  packed_size += block.taps * in_channels * width;
  blocks.push_back(block);
}

// Calls body(block, row of the packed weights, column in the block, k, first channel of out, channels of out) for every
// stretch of columns that one tap fills.
template <class Body>
void Conv1DPlan::for_each_weight_row(Body body) const {
  for (const ColumnBlock& block : blocks)
    for (Index p = block.first_phase; p <= block.last_phase; ++p) {
      const Index begin = std::max(block.column, p * out_channels);
      const Index end = std::min(block.column + block.columns, (p + 1) * out_channels);
      for_each_tap(p, [&](Index k, Index offset) {
        const Index tap = slots_[static_cast<std::size_t>(block.slots + offset - block.low_offset)];
        body(block, tap * in_channels, begin - block.column, k, begin - p * out_channels, end - begin);
      });
    }
}

template <class T>
void Conv1DPlan::pack(const T* w, Index w_pitch, T* packed) const {
  for (const ColumnBlock& block : blocks)
    if (block.first_phase != block.last_phase ||
        block.columns != block.width)  // it has elements that no w fills
      std::fill_n(packed + block.weights, block.taps * in_channels * block.width, T(0));
  for_each_weight_row([&](const ColumnBlock& block, Index row, Index column, Index k, Index j0, Index count) {
    T* target = packed + block.weights + row * block.width + column;
    if (transposed_)
      copy_transposed(
          w + (k * out_channels + j0) * w_pitch, w_pitch, count, in_channels, target, block.width);
    else
      copy_rows(w + k * in_channels * w_pitch + j0, w_pitch, in_channels, count, target, block.width);
  });
}

template <class T>
void Conv1DPlan::unpack_add(const T* packed, T* w, Index w_pitch) const {
  for_each_weight_row([&](const ColumnBlock& block, Index row, Index column, Index k, Index j0, Index count) {
    const T* source = packed + block.weights + row * block.width + column;
    T* target = w + k * in_channels * w_pitch + j0;
    for (Index i = 0; i < in_channels; ++i)
      for (Index j = 0; j < count; ++j) target[i * w_pitch + j] += source[i * block.width + j];
  });
}

template void Conv1DPlan::pack(const float*, Index, float*) const;
template void Conv1DPlan::pack(const double*, Index, double*) const;
template void Conv1DPlan::unpack_add(const float*, float*, Index) const;
template void Conv1DPlan::unpack_add(const double*, double*, Index) const;

}  // namespace xtape::kernels
