#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_plan.hpp>

namespace xtape::kernels {
namespace {

constexpr Index vectors_in_block = 2;
constexpr Index widest_in_place =
    64;  // longer rows of w scatter a block's weights over too many pages and cache sets
constexpr double load_of_dot = 1.25;  // what a multiply-add with a vector of the source costs in others
constexpr double finish_of_dot = 8;   // and adding up one vector's lanes

// Rows a and b change blocks of `half` columns: those at odd places of a with those at even places of b.
template <std::size_t half, class Row, std::size_t... I>
inline void swap_blocks(Row& a, Row& b, std::index_sequence<I...>) {
  constexpr std::size_t size = sizeof...(I);
  const Row lower = __builtin_shufflevector(a, b, (I & half ? size + I - half : I)...);
  b = __builtin_shufflevector(a, b, (I & half ? size + I : I + half)...);
  a = lower;
}

// Transposes by halves: blocks of half the columns, then of a quarter, ... and at last single elements change places.
template <std::size_t half, class Row, std::size_t... I>
inline void transpose_rows(Row (&rows)[sizeof...(I)], std::index_sequence<I...> each) {
  ((I & half ? void() : swap_blocks<half>(rows[I], rows[(I | half) % sizeof...(I)], each)), ...);
  if constexpr (half > 1) transpose_rows<half / 2>(rows, each);
}

// to[j * to_pitch + i] = from[i * from_pitch + j] for as many i and j as there are
template <class T, std::size_t... I>
inline void copy_square_transposed(
    const T* from, Index from_pitch, T* to, Index to_pitch, std::index_sequence<I...> each) {
  typedef T Row __attribute__((vector_size(sizeof...(I) * sizeof(T))));
  Row rows[sizeof...(I)];
  (std::memcpy(&rows[I], from + static_cast<Index>(I) * from_pitch, sizeof(Row)), ...);
  transpose_rows<sizeof...(I) / 2>(rows, each);
  (std::memcpy(to + static_cast<Index>(I) * to_pitch, &rows[I], sizeof(Row)), ...);
}

// to[j * to_pitch + i] = from[i * from_pitch + j], in squares of `square` rows and columns; what is left over in smaller ones.
template <class T, Index square = 32 / sizeof(T)>
void copy_transposed(const T* from, Index from_pitch, Index rows, Index columns, T* to, Index to_pitch) {
  if constexpr (square == 1) {
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j) to[j * to_pitch + i] = from[i * from_pitch + j];
  } else {
    constexpr auto each = std::make_index_sequence<static_cast<std::size_t>(square)>{};
    const Index in_rows = rows - rows % square, in_columns = columns - columns % square;
    for (Index j = 0; j < in_columns; j += square)
      for (Index i = 0; i < in_rows; i += square)
        copy_square_transposed(from + i * from_pitch + j, from_pitch, to + j * to_pitch + i, to_pitch, each);
    copy_transposed<T, square / 2>(
        from + in_rows * from_pitch, from_pitch, rows - in_rows, columns, to + in_rows, to_pitch);
    copy_transposed<T, square / 2>(
        from + in_columns, from_pitch, in_rows, columns - in_columns, to + in_columns * to_pitch, to_pitch);
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

// How many offsets phases first .. last use together, about.
Index Conv1DPlan::union_size(Index first_phase, Index last_phase) const {
  const Index phases = last_phase - first_phase + 1, each = divide_up(kernel_size_, divisor_);
  if (transposed_ &&
      tap_step_ ==
          -1) {  // exact: whole numbers from the last tap of the first phase to the first of the last
    const Index low = divide_up(first_phase + shift_ - kernel_size_ + 1, divisor_);
    return std::max<Index>(divide_up(last_phase + shift_ + 1, divisor_) - low, 0);
  }
  const Index span = ((kernel_size_ - 1) * std::abs(tap_step_) + (phases - 1) * phase_step_) / divisor_ + 1;
  return std::min(phases * each, span);
}

// The width of a block that begins at `column`. A block of whole vectors does not go beyond its phase, whose taps are its own.
Index Conv1DPlan::columns_from(Index column, Index columns, Index lanes) const {
  const Index most = out_channels % lanes == 0 ? out_channels - column % out_channels : columns - column;
  return std::min({vectors_in_block * lanes, most, columns - column});
}

// Vector multiply-adds for one step of out and one channel of in.
double Conv1DPlan::cost(Index fold_tried, Index lanes) const {
  const Index columns = fold_tried * out_channels;
  double total = 0;
  for (Index column = 0, taken; column < columns; column += taken) {
    taken = columns_from(column, columns, lanes);
    const Index last = column + taken - 1, vectors = divide_up(taken, lanes);
    total += static_cast<double>(vectors * union_size(column / out_channels, last / out_channels));
  }
  return total / static_cast<double>(fold_tried);
}

double Conv1DPlan::dot_cost(Index lanes) const {
  const Index taps = divide_up(kernel_size_, divisor_);
  const bool gapless = std::abs(tap_step_) == 1 || std::abs(tap_step_) == divisor_;
  const Index length = gapless ? taps * in_channels : in_channels, count = gapless ? 1 : taps;
  const double work =
      load_of_dot * static_cast<double>(count * (length / lanes + length % lanes)) + finish_of_dot;
  return work * static_cast<double>(out_channels) / static_cast<double>(std::max<Index>(in_channels, 1));
}

Conv1DPlan::Conv1DPlan(const Conv1DSizes& z, Gather gather, Index lanes, bool allow_dot) {
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

  const Index used = std::min(fold, out_steps) * out_channels;
  for (Index column = 0, taken; column < used; column += taken) {
    taken = dot ? 1 : columns_from(column, used, lanes);
    add_block(column, taken, dot ? 1 : divide_up(taken, lanes) * lanes);
  }
  spread_columns = blocks.empty() ? 0 : blocks.back().column + blocks.back().width;
}

const Conv1DPlan& Conv1DPlan::of(const Conv1DSizes& z, Gather gather, Index lanes, bool allow_dot) {
  struct Kept {
    Conv1DSizes sizes{};
    Gather gather{};
    Index lanes = 0;
    bool allow_dot = false;
    std::optional<Conv1DPlan> plan;
  };
  thread_local std::array<Kept, 256> all;
  std::uint64_t hash = static_cast<std::uint64_t>(lanes) * 2 + (gather == Gather::x ? 1 : 0);
  for (const Index n : {z.batch, z.x_steps, z.x_channels, z.kernel_size, z.y_steps, z.y_channels, z.strides,
           z.dilation, z.left, static_cast<Index>(allow_dot)})
    hash = (std::rotl(hash, 23) ^ static_cast<std::uint64_t>(n)) * 0x9E3779B97F4A7C15;
  // Two places where it may be, told by the upper bits, which depend on all of the sizes.
  Kept& first = all[hash >> 56];
  Kept& second = all[hash >> 48 & 255];
  for (Kept* kept : {&first, &second})
    if (kept->plan && kept->sizes == z && kept->gather == gather && kept->lanes == lanes &&
        kept->allow_dot == allow_dot)
      return *kept->plan;
  Kept& kept =
      first.plan ? second : first;  // a plan in a first place stays: most programs need no more of them
  kept.plan.emplace(z, gather, lanes, allow_dot);
  kept.sizes = z, kept.gather = gather, kept.lanes = lanes, kept.allow_dot = allow_dot;
  return *kept.plan;
}

void Conv1DPlan::add_block(Index column, Index columns, Index width) {
  ColumnBlock block{column, columns, width, column / out_channels, (column + columns - 1) / out_channels};
  Index low = std::numeric_limits<Index>::max(), high = std::numeric_limits<Index>::min();
  for (Index p = block.first_phase; p <= block.last_phase; ++p)
    for_each_tap(p, [&](Index, Index offset) { low = std::min(low, offset), high = std::max(high, offset); });

  block.runs = static_cast<Index>(runs.size()), block.slots = static_cast<Index>(slots_.size());
  block.weights = in_place_ ? column : packed_size_;
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
  packed_size_ += block.taps * in_channels * width;
  block.inside = rows_inside(block, columns), block.inside_width = rows_inside(block, width);
  blocks.push_back(block);
}

// Calls body(row of the packed weights, column in the block, k, first channel of out, channels of out, taps) for every
// stretch of columns that one tap fills. When a transposed convolution is not dilated, the next steps of out meet the next
// taps, so that the stretch goes on: channel out_channels of tap k is channel 0 of tap k + 1. Where several taps, from k
// on, fill the same columns of rows that follow each other, they come together.
template <class Body>
void Conv1DPlan::for_each_weight_row(const ColumnBlock& block, Body body) const {
  const Index* slots = slots_.data() + block.slots;
  if (transposed_ && tap_step_ == -1) {
    for (Index offset = block.low_offset; block.taps > 0 && offset <= block.high_offset; ++offset) {
      const Index ahead = (shift_ - divisor_ * offset) * out_channels;  // from a column to its row of w
      const Index begin = std::max(block.column, -ahead);
      const Index end = std::min(block.column + block.columns, kernel_size_ * out_channels - ahead);
      if (begin < end)
        body(slots[offset - block.low_offset] * in_channels, begin - block.column, 0, begin + ahead,
            end - begin, 1);
    }
    return;
  }
  const bool rows_follow = !transposed_ && (tap_step_ == 1 || block.first_phase == block.last_phase);
  for (Index p = block.first_phase; p <= block.last_phase; ++p) {
    const Index begin = std::max(block.column, p * out_channels);
    const Index end = std::min(block.column + block.columns, (p + 1) * out_channels);
    for_each_tap(p, [&](Index k, Index offset) {
      if (rows_follow && k > 0) return;
      body(slots[offset - block.low_offset] * in_channels, begin - block.column, k, begin - p * out_channels,
          end - begin, rows_follow ? kernel_size_ : 1);
    });
  }
}

bool Conv1DPlan::fills_in_zeros() const {
  return std::any_of(blocks.begin(), blocks.end(),
      [](const ColumnBlock& block) { return block.first_phase != block.last_phase; });
}

// The rows whose taps are all inside the source, and `reach` columns of the block inside the result.
Range Conv1DPlan::rows_inside(const ColumnBlock& block, Index reach) const {
  const Index room = out_steps * out_channels - block.column - reach;
  const Index after_columns = room < 0 ? 0 : room / (fold * out_channels) + 1;
  const Index first = rows_inside(block.low_offset).first;
  const Index last = std::min(rows_inside(block.high_offset).last, after_columns);
  return first < last ? Range{first, last} : Range{0, 0};
}

Range Conv1DPlan::rows_inside(Index offset) const {
  return intersection({0, rows}, {divide_up(-offset, hop), divide_up(in_steps - offset, hop)});
}

Range Conv1DPlan::taps_inside(const ColumnBlock& block, Index r) const {
  const auto taps_below = [&](Index offset) {
    for (Index i = block.runs; i < block.runs + block.run_count; ++i) {
      const TapRun& run = runs[static_cast<std::size_t>(i)];
      if (offset < run.offset + run.last - run.first)
        return run.first + std::max<Index>(offset - run.offset, 0);
    }
    return block.taps;
  };
  return {taps_below(-r * hop), taps_below(in_steps - r * hop)};
}

Index Conv1DPlan::packed_size(Range panel) const {
  const auto begin_of = [&](Index b) {
    return b < static_cast<Index>(blocks.size()) ? blocks[static_cast<std::size_t>(b)].weights : packed_size_;
  };
  return in_place_ ? 0 : begin_of(panel.last) - begin_of(panel.first);
}

Range Conv1DPlan::panel(Index first, Index most) const {
  Range panel{first, std::min<Index>(first + 1, static_cast<Index>(blocks.size()))};
  while (panel.last < static_cast<Index>(blocks.size()) && packed_size({first, panel.last + 1}) <= most)
    ++panel.last;
  return panel;
}

template <class T>
void Conv1DPlan::pack(Range panel, const T* w, Index w_pitch, T* packed) const {
  for (Index b = panel.first; b < panel.last; ++b) {
    const ColumnBlock& block = blocks[static_cast<std::size_t>(b)];
    T* const weights = packed + packed_size({panel.first, b});
    if (block.first_phase != block.last_phase || block.columns != block.width)  // elements that no w fills
      std::fill_n(weights, block.taps * in_channels * block.width, T(0));
    for_each_weight_row(block, [&](Index row, Index column, Index k, Index j0, Index count, Index taps) {
      T* target = weights + row * block.width + column;
      if (transposed_)
        copy_transposed(
            w + (k * out_channels + j0) * w_pitch, w_pitch, count, in_channels, target, block.width);
      else
        copy_rows(
            w + k * in_channels * w_pitch + j0, w_pitch, taps * in_channels, count, target, block.width);
    });
  }
}

template <class T>
void Conv1DPlan::unpack_add(const ColumnBlock& block, const T* packed, T* w, Index w_pitch) const {
  for_each_weight_row(block, [&](Index row, Index column, Index k, Index j0, Index count, Index taps) {
    const T* source = packed + row * block.width + column;
    T* target = w + k * in_channels * w_pitch + j0;
    for (Index i = 0; i < taps * in_channels; ++i)
      for (Index j = 0; j < count; ++j) target[i * w_pitch + j] += source[i * block.width + j];
  });
}

template <class T>
void Conv1DPlan::spread_bias(const T* bias, T* spread) const {
  std::fill_n(spread, spread_columns, T(0));
  if (bias == nullptr) return;
  for (Index column = 0; column < spread_columns; ++column) spread[column] = bias[column % out_channels];
}

template void Conv1DPlan::spread_bias(const float*, float*) const;
template void Conv1DPlan::spread_bias(const double*, double*) const;
template void Conv1DPlan::pack(Range, const float*, Index, float*) const;
template void Conv1DPlan::pack(Range, const double*, Index, double*) const;
template void Conv1DPlan::unpack_add(const ColumnBlock&, const float*, float*, Index) const;
template void Conv1DPlan::unpack_add(const ColumnBlock&, const double*, double*, Index) const;

}  // namespace xtape::kernels
