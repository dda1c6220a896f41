// conv1d and conv1d_transpose by register tiles: two loops over a plan's rows.
//
// Interior rows, whose taps are all inside the source, go sample by sample. The few edge rows, where padding or the end
// of the output cut something off, are taken across samples: row r of every sample lacks the same taps, so these rows
// form a matrix as well, with the samples' distance as row pitch. That way padding costs neither copies nor tests in the
// inner loops.
//
// The work is cut into pieces, some samples or some rows of a long one, that stay in cache while all blocks of columns
// visit them. Wide layers have more packed weights than a cache holds: these go panel by panel, each packed when it is
// needed. Threads share the panels where there are several or the pieces are few, else the pieces.
#include <algorithm>
#include <type_traits>
#include <vector>
#include <xtape/core/kernels/conv1d_direct.hpp>
#include <xtape/core/kernels/conv1d_dot_tiles.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_tiles.hpp>
#include <xtape/core/kernels/conv1d_views.hpp>
#include <xtape/core/thread_pool.hpp>

namespace xtape::kernels {
namespace {

constexpr Index most_samples_at_once = 16;  // at most, what edge rows span
constexpr Index piece_bytes = 256 * 1024;   // of the source and the result
constexpr Index panel_bytes = 512 * 1024;   // of packed weights

// Calls body with the overlap, 1 .. most, as a constant.
template <Index most, class Body>
void with_overlap(Index overlap, Body body) {
  if (most == 1 || overlap == most) return body(std::integral_constant<Index, most>{});
  if constexpr (most > 1) with_overlap<most - 1>(overlap, body);
}

// Finds in how many rows of the source an element of the block's stretches lies, as far as tiles can make use of that:
// stretches are then cut into parts that span so many rows, at most `most`, or one less. Elements are taken `step` at a
// time.
template <class T>
void find_overlap(GatherBlock<T>& block, Index step, Index most) {
  constexpr Index worth_a_loop = 8;  // elements
  if (block.in_pitch < worth_a_loop || block.in_pitch % step != 0) return;
  Index rows = 0;
  for (const TapRun* run = block.runs; run != block.runs + block.run_count; ++run) {
    const Index length = stretch_of(*run, block.first, block.last, block.channels).length;
    if (length <= block.in_pitch || length % step != 0) return;
    const Index here = divide_up(length, block.in_pitch);
    if (rows != 0 && rows != here) return;
    rows = here;
  }
  if (rows == 0) return;
  const Index parts = divide_up(rows, most);
  block.overlap = divide_up(rows, parts);
  block.shorter = parts * block.overlap - rows;
}

// Runs the tiles of a block over some rows: the fewest tiles, as equal in height as can be.
template <class T>
void gather_rows(Index width, const GatherBlock<T>& block, const T* in, T* out, Index rows) {
  const auto with = [&](const auto& tiles_of_height) {
    const Index tiles = divide_up(rows, static_cast<Index>(tiles_of_height.size()));
    const Index height = rows / tiles, taller = rows % tiles;
    if (taller > 0) tiles_of_height[static_cast<std::size_t>(height)](block, in, out, taller);
    const Index done = taller * (height + 1);
    tiles_of_height[static_cast<std::size_t>(height - 1)](
        block, in + done * block.in_pitch, out + done * block.out_pitch, tiles - taller);
  };
  if (rows <= 0) return;
  if (width == 2 * lanes<T>)
    return with_overlap<most_overlap<T, 2>>(block.overlap,
        [&]<Index overlap>(std::integral_constant<Index, overlap>) {
      with(all_gather_tiles<T, 2, overlap>);
    });
  with_overlap<most_overlap<T, 1>>(block.overlap, [&]<Index overlap>(std::integral_constant<Index, overlap>) {
    width == lanes<T> ? with(all_gather_tiles<T, 1, overlap>) : with(all_dot_tiles<T, overlap>);
  });
}

// The blocks in use, and their weights.
template <class T>
struct Panel {
  Range blocks;
  const T* weights;
  Index pitch;  // from row to row; 0: the width of each block
};

template <class T>
class Gather {
 public:
  Gather(const Conv1DPlan& plan, const T* in, T* out, const T* bias, bool relu)
      : plan_(plan), in_(in), out_(out), bias_(bias), relu_(relu) {
    const Index sample_bytes = (in_sample_ + out_sample_) * static_cast<Index>(sizeof(T));
    samples_at_once_ = std::clamp<Index>(piece_bytes / sample_bytes, 1, most_samples_at_once);
    parts_ = std::clamp<Index>(sample_bytes / piece_bytes, 1, divide_up(plan.rows, 64));
  }

  Index pieces() const { return divide_up(plan_.batch, samples_at_once_) * parts_; }

  void run(Index piece, const Panel<T>& panel) const {
    const Index n0 = piece / parts_ * samples_at_once_, part = piece % parts_;
    const Index samples = std::min(samples_at_once_, plan_.batch - n0);
    const Range rows{plan_.rows * part / parts_, plan_.rows * (part + 1) / parts_};
    for (Index n = n0; n < n0 + samples; ++n)
      for (Index b = panel.blocks.first; b < panel.blocks.last; ++b)
        interior(panel, b, interior_rows(b, rows, samples), n);
    for (Index b = panel.blocks.first; b < panel.blocks.last; ++b) {
      const Range done = interior_rows(b, rows, samples);
      for (Index r = rows.first; r < done.first; ++r) edge(panel, b, r, n0, samples);
      for (Index r = done.last; r < rows.last; ++r) edge(panel, b, r, n0, samples);
    }
  }

 private:
  const ColumnBlock& block(Index b) const { return plan_.blocks[static_cast<std::size_t>(b)]; }

  // Empty for short samples, whose rows are all taken across samples.
  Range interior_rows(Index b, Range rows, Index samples) const {
    const Range both = intersection(rows, block(b).inside);
    return both.size() < std::min<Index>(samples, 8) ? Range{rows.first, rows.first} : both;
  }

  GatherBlock<T> tiles(const Panel<T>& panel, Index b, Range taps) const {
    const ColumnBlock& c = block(b);
    return {plan_.runs.data() + c.runs, c.run_count, taps.first, taps.last, plan_.in_channels,
        panel.weights + c.weights - block(panel.blocks.first).weights,
        panel.pitch > 0 ? panel.pitch : c.width, in_row_, out_row_, c.columns, bias_ + c.column, relu_};
  }

  void interior(const Panel<T>& panel, Index b, Range rows, Index n) const {
    GatherBlock<T> along = tiles(panel, b, {0, block(b).taps});
    const Index width = block(b).width;
    find_overlap(
        along, width == 1 ? lanes<T> : 1, width == 2 * lanes<T> ? most_overlap<T, 2> : most_overlap<T, 1>);
    gather_rows(block(b).width, along, in_ + n * in_sample_ + rows.first * in_row_,
        out_ + n * out_sample_ + rows.first * out_row_ + block(b).column, rows.size());
  }

  void edge(const Panel<T>& panel, Index b, Index r, Index n0, Index samples) const {
    const Index start = r * out_row_ + block(b).column;
    GatherBlock<T> across = tiles(panel, b, plan_.taps_inside(block(b), r));
    across.in_pitch = in_sample_, across.out_pitch = out_sample_;
    across.columns = std::min(across.columns, out_sample_ - start);
    if (across.columns > 0)
      gather_rows(block(b).width, across, in_ + n0 * in_sample_ + r * in_row_,
          out_ + n0 * out_sample_ + start, samples);
  }

  const Conv1DPlan& plan_;
  const T* in_;
  T* out_;
  const T* bias_;
  bool relu_;
  Index in_row_ = plan_.hop * plan_.in_channels, in_sample_ = plan_.in_steps * plan_.in_channels;
  Index out_row_ = plan_.fold * plan_.out_channels, out_sample_ = plan_.out_steps * plan_.out_channels;
  Index samples_at_once_, parts_;
};

}  // namespace

template <class T>
void gather_direct(const T* in, const T* w, Index w_pitch, T* out, const Conv1DSizes& sizes,
    Conv1DPlan::Gather gather, const Finish<T>& finish) {
  const Conv1DPlan& plan = Conv1DPlan::of(sizes, gather, lanes<T>, true);
  // A folded row meets source steps that only some of its steps see; for the others they have the weight 0, which would
  // make NaN of infinity.
  if (plan.fills_in_zeros() && !all_finite(in, plan.batch * plan.in_steps * plan.in_channels)) {
    return gather == Conv1DPlan::Gather::y ? conv1d_views(in, w, w_pitch, out, sizes, finish)
                                           : conv1d_transpose_views(in, w, w_pitch, out, sizes, finish);
  }
  const Scratch<T> bias(plan.spread_columns);
  plan.spread_bias(finish.bias, bias.data());
  const Gather<T> work(plan, in, out, bias.data(), finish.relu);
  const double multiply_adds = plan.work() * static_cast<double>(lanes<T> * plan.out_steps * plan.batch);
  const Index threads = multiply_adds < worth_threads ? 1 : available_threads();
  const auto run = [&](const Panel<T>& panel, bool on_threads) {
    if (on_threads) return parallel_for(work.pieces(), [&](Index i) { work.run(i, panel); });
    for (Index i = 0; i < work.pieces(); ++i) work.run(i, panel);
  };
  const Index blocks = static_cast<Index>(plan.blocks.size());
  if (plan.uses_weights_in_place()) return run({{0, blocks}, w, w_pitch}, threads > 1);

  Index count =
      std::max<Index>(divide_up(plan.packed_size() * static_cast<Index>(sizeof(T)), panel_bytes), 1);
  const bool by_panels = threads > 1 && (count > 1 || work.pieces() < threads);
  if (by_panels) count = divide_up(count, threads) * threads;
  std::vector<Range> panels;
  for (Index first = 0; first < blocks; first = panels.back().last)
    panels.push_back(plan.panel(first, divide_up(plan.packed_size(), count)));
  const auto pack_and_run = [&](Index i, bool on_threads) {
    const Range panel = panels[static_cast<std::size_t>(i)];
    const Scratch<T> packed(plan.packed_size(panel));
    plan.pack(panel, w, w_pitch, packed.data());
    run({panel, packed.data(), 0}, on_threads);
  };
  count = static_cast<Index>(panels.size());
  if (by_panels) return parallel_for(count, [&](Index i) { pack_and_run(i, false); });
  for (Index i = 0; i < count; ++i) pack_and_run(i, threads > 1);
}

template void gather_direct(
    const float*, const float*, Index, float*, const Conv1DSizes&, Conv1DPlan::Gather, const Finish<float>&);
template void gather_direct(const double*, const double*, Index, double*, const Conv1DSizes&,
    Conv1DPlan::Gather, const Finish<double>&);

}  // namespace xtape::kernels
