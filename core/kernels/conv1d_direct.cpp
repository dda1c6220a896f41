// Two loops over a plan's rows: interior rows, whose taps are all inside the source, sample by sample; and the few edge
// rows, where padding or the end of the output cut something off. Edge rows are taken across samples: row r of every
// sample lacks the same taps, so these rows form a matrix as well, with the samples' distance as row pitch. That way
// padding costs neither copies nor tests in the inner loops.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>
#include <xtape/core/kernels/conv1d_direct.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_tiles.hpp>
#include <xtape/core/kernels/conv1d_views.hpp>

namespace xtape::kernels {
namespace {

constexpr Index samples_at_once = 16;     // what edge rows span; bounds the memory between visits to a sample
constexpr Index cache_bytes = 24 * 1024;  // what a pass of the kernel gradient reads again and again

// Scratch that lives as long as its thread, so that a repeated call allocates nothing.
template <class T>
struct Workspace {
  Conv1DPlan plan;
  std::vector<T> packed, padded;

  static Workspace& mine() {
    thread_local Workspace workspace;
    return workspace;
  }
};

struct Range {
  Index first, last;
  Index size() const { return std::max<Index>(last - first, 0); }
};

// The rows of a block that need no care: all their taps are inside the source, and the next `reach` columns inside out.
Range interior_rows(const Conv1DPlan& plan, const ColumnBlock& block, Index reach) {
  const Index first = std::max<Index>(0, divide_up(-block.low_offset, plan.hop));
  const Index after_taps = divide_up(plan.in_steps - block.high_offset, plan.hop);
  const Index room = plan.out_steps * plan.out_channels - block.column - reach;
  const Index after_columns = room < 0 ? 0 : room / (plan.fold * plan.out_channels) + 1;
  const Index last = std::min({after_taps, after_columns, plan.rows});
  return first < last ? Range{first, last} : Range{0, 0};
}

// The taps of a block that row r finds inside the source.
Range taps_inside(const Conv1DPlan& plan, const ColumnBlock& block, Index r) {
  const auto taps_below = [&](Index offset) {
    for (Index i = block.runs; i < block.runs + block.run_count; ++i) {
      const TapRun& run = plan.runs[static_cast<std::size_t>(i)];
      if (offset < run.offset + run.last - run.first)
        return run.first + std::max<Index>(offset - run.offset, 0);
    }
    return block.taps;
  };
  return {taps_below(-r * plan.hop), taps_below(plan.in_steps - r * plan.hop)};
}

template <class Weight>
Taps<Weight> taps_of(
    const Conv1DPlan& plan, const ColumnBlock& block, Range range, Weight* weights, Index w_pitch) {
  return {plan.runs.data() + block.runs, block.run_count, range.first, range.last, plan.in_channels,
      weights + block.weights, plan.uses_weights_in_place() ? w_pitch : block.width};
}

template <class T>
void gather_rows(Index width, Index rows, const T* in, Index in_pitch, const Taps<const T>& taps, T* out,
    Index out_pitch, Index columns) {
  const auto with = [&](const auto& tiles) {
    cut(rows, static_cast<Index>(tiles.size()), [&](Index first, Index count) {
      tiles[static_cast<std::size_t>(count - 1)](
          in + first * in_pitch, in_pitch, taps, out + first * out_pitch, out_pitch, columns);
    });
  };
  if (width == 2 * lanes<T>) return with(gather_tiles<T, 2>);
  if (width == lanes<T>) return with(gather_tiles<T, 1>);
  with(dot_tiles<T>);
}

template <class T>
void grad_rows(Index width, const Taps<T>& taps, Index rows, const T* in, Index in_pitch, const T* out,
    Index out_pitch) {
  const auto with = [&](const auto& tiles) {
    for_each_stretch(taps, [&](Index element, Index row, Index length) {
      cut(length, static_cast<Index>(tiles.size()), [&](Index first, Index count) {
        tiles[static_cast<std::size_t>(count - 1)](in + element + first, in_pitch, out, out_pitch, rows,
            taps.weights + (row + first) * taps.weights_pitch, taps.weights_pitch);
      });
    });
  };
  if (width == 2 * lanes<T>) return with(grad_tiles<T, 2>);
  with(grad_tiles<T, 1>);
}

// Calls interior(block, sample, rows) and edge(block, row, first sample, samples) so that every row of every block and
// sample is met once.
template <class Interior, class Edge>
void for_each_part(const Conv1DPlan& plan, Index (*reach)(const ColumnBlock&), Interior interior, Edge edge) {
  for (Index n0 = 0; n0 < plan.batch; n0 += samples_at_once) {
    const Index samples = std::min(samples_at_once, plan.batch - n0);
    const auto inner_rows = [&](const ColumnBlock& block) {
      const Range rows = interior_rows(plan, block, reach(block));
      return rows.size() < std::min<Index>(samples, 8) ? Range{0, 0}
                                                       : rows;  // short samples: all rows across samples
    };
    for (Index n = n0; n < n0 + samples; ++n)
      for (const ColumnBlock& block : plan.blocks) {
        const Range rows = inner_rows(block);
        if (rows.size() > 0) interior(block, n, rows);
      }
    for (const ColumnBlock& block : plan.blocks) {
      const Range rows = inner_rows(block);
      for (Index r = 0; r < rows.first; ++r) edge(block, r, n0, samples);
      for (Index r = rows.last; r < plan.rows; ++r) edge(block, r, n0, samples);
    }
  }
}

// True when no element is infinite or NaN: when no exponent is all ones.
template <class T>
bool all_finite(const T* values, Index count) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const Bits exponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits found = 0;
  for (Index i = 0; i < count; ++i) found |= (std::bit_cast<Bits>(values[i]) & exponent) == exponent;
  return found == 0;
}

}  // namespace

template <class T>
void gather_direct(
    const T* in, const T* w, Index w_pitch, T* out, const Conv1DSizes& sizes, Conv1DPlan::Gather gather) {
  Workspace<T>& workspace = Workspace<T>::mine();
  Conv1DPlan& plan = workspace.plan;
  plan.build(sizes, gather, lanes<T>, true);
  // A folded row meets source steps that only some of its steps see; for the others they have the weight 0, which would
  // make NaN of infinity.
  if (plan.fold > 1 && !all_finite(in, plan.batch * plan.in_steps * plan.in_channels)) {
    return gather == Conv1DPlan::Gather::y ? conv1d_views(in, w, w_pitch, out, sizes)
                                           : conv1d_transpose_views(in, w, w_pitch, out, sizes);
  }
  const T* weights = w;
  if (!plan.uses_weights_in_place()) {
    T* packed = at_least(workspace.packed, plan.packed_size);
    plan.pack(w, w_pitch, packed);
    weights = packed;
  }

  const Index in_row = plan.hop * plan.in_channels, in_sample = plan.in_steps * plan.in_channels;
  const Index out_row = plan.fold * plan.out_channels, out_sample = plan.out_steps * plan.out_channels;
  const auto interior = [&](const ColumnBlock& block, Index n, Range rows) {
    gather_rows(block.width, rows.size(), in + n * in_sample + rows.first * in_row, in_row,
        taps_of(plan, block, {0, block.taps}, weights, w_pitch),
        out + n * out_sample + rows.first * out_row + block.column, out_row, block.columns);
  };
  const auto edge = [&](const ColumnBlock& block, Index r, Index n0, Index samples) {
    const Index start = r * out_row + block.column, columns = std::min(block.columns, out_sample - start);
    if (columns <= 0) return;
    gather_rows(block.width, samples, in + n0 * in_sample + r * in_row, in_sample,
        taps_of(plan, block, taps_inside(plan, block, r), weights, w_pitch), out + n0 * out_sample + start,
        out_sample, columns);
  };
  for_each_part(
      plan, [](const ColumnBlock& block) { return block.columns; }, interior, edge);
}

template <class T>
void kernel_grad_direct(const T* x, const T* y, T* w, Index w_pitch, const Conv1DSizes& sizes) {
  Workspace<T>& workspace = Workspace<T>::mine();
  Conv1DPlan& plan = workspace.plan;
  plan.build(sizes, Conv1DPlan::Gather::y, lanes<T>, false);
  if (work_with_few_filters<T>(sizes) < 0.9 * plan.work())
    return kernel_grad_few_filters(x, y, w, w_pitch, sizes);
  for (Index row = 0; row < sizes.kernel_size * sizes.x_channels; ++row)
    std::fill_n(w + row * w_pitch, sizes.y_channels, T(0));
  T* grads = w;
  if (!plan.uses_weights_in_place()) {
    grads = at_least(workspace.packed, plan.packed_size);
    std::fill_n(grads, plan.packed_size, T(0));
  }

  const Index in_row = plan.hop * plan.in_channels, in_sample = plan.in_steps * plan.in_channels;
  const Index out_row = plan.fold * plan.out_channels, out_sample = plan.out_steps * plan.out_channels;
  const Index rows_at_once =
      std::max<Index>(32, cache_bytes / static_cast<Index>(sizeof(T)) / (in_row + out_row));
  const auto interior = [&](const ColumnBlock& block, Index n, Range rows) {
    cut(rows.size(), rows_at_once, [&](Index first, Index count) {
      grad_rows(block.width, taps_of(plan, block, {0, block.taps}, grads, w_pitch), count,
          x + n * in_sample + (rows.first + first) * in_row, in_row,
          y + n * out_sample + (rows.first + first) * out_row + block.column, out_row);
    });
  };
  const auto edge = [&](const ColumnBlock& block, Index r, Index n0, Index samples) {
    const Index start = r * out_row + block.column, columns = std::min(block.width, out_sample - start);
    if (columns <= 0) return;
    const T* rows = y + n0 * out_sample + start;
    Index pitch = out_sample;
    if (columns < block.width) {  // vectors would read beyond the sample
      T* padded = at_least(workspace.padded, samples * block.width);
      for (Index n = 0; n < samples; ++n)
        std::fill_n(std::copy_n(rows + n * out_sample, columns, padded + n * block.width),
            block.width - columns, T(0));
      rows = padded, pitch = block.width;
    }
    grad_rows(block.width, taps_of(plan, block, taps_inside(plan, block, r), grads, w_pitch), samples,
        x + n0 * in_sample + r * in_row, in_sample, rows, pitch);
  };
  for_each_part(
      plan, [](const ColumnBlock& block) { return block.width; }, interior, edge);

  if (!plan.uses_weights_in_place()) plan.unpack_add(grads, w, w_pitch);
}

template void gather_direct(
    const float*, const float*, Index, float*, const Conv1DSizes&, Conv1DPlan::Gather);
template void gather_direct(
    const double*, const double*, Index, double*, const Conv1DSizes&, Conv1DPlan::Gather);
template void kernel_grad_direct(const float*, const float*, float*, Index, const Conv1DSizes&);
template void kernel_grad_direct(const double*, const double*, double*, Index, const Conv1DSizes&);

}  // namespace xtape::kernels
