// The kernel gradient by register tiles:  w[i, j] += sum over rows r of x[r, i] * y[r, j], in slices of i, each as high as a
// tile, and blocks of columns j.
//
// Interior rows go sample by sample, edge rows across samples, as in conv1d_gather.cpp. Where a tap has channels enough for
// slices of its own, each slice knows the rows that find it inside the source, and no row is an edge.
//
// Rows come in chunks that stay in cache while all slices visit them. In wide layers a row lies so far from the next that
// few fit in the first cache, however little of each is in use; there the slices of x and the blocks of y are copied
// first, as they are used often.
//
// Threads share the slices: no two write the same sums, and each sum is added up in the same order by any number of
// threads.
#include <algorithm>
#include <xtape/core/kernels/conv1d_direct.hpp>
#include <xtape/core/kernels/conv1d_grad_tiles.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/thread_pool.hpp>

namespace xtape::kernels {
namespace {

constexpr Index samples_at_once = 16;  // what edge rows span; bounds the memory between visits to a sample
constexpr Index cache_bytes = 160 * 1024;  // what a chunk may take where it lies
constexpr Index rows_in_copy = 256;
constexpr Index far_apart = 1024;  // bytes from row to row
constexpr std::size_t blocks_worth_copying = 4;
constexpr Index channels_worth_slices = 64;  // of a tap's own

// copy_rows, with zeros up to the width.
template <class T>
void copy_and_fill_rows(const T* from, Index from_pitch, Index rows, Index columns, T* to, Index width) {
  copy_rows(from, from_pitch, rows, columns, to, width);
  for (Index r = 0; columns < width && r < rows; ++r)
    std::fill(to + r * width + columns, to + (r + 1) * width, T(0));
}

bool is_in_place(const Conv1DPlan& plan, const ColumnBlock& block) {
  return plan.fold == 1 && block.columns == block.width;
}

// Where the packed gradients begin, among those of all blocks.
Index packed_from(const Conv1DPlan& plan) { return plan.fold == 1 ? plan.blocks.back().weights : 0; }

template <class T>
class KernelGrad {
 public:
  // Where nothing is folded, the gradients of whole blocks go to w, whose rows are w_pitch apart, and those of a last one
  // that is narrower than its vectors to `packed`; else all go to `packed`, one block after the other.
  KernelGrad(const Conv1DPlan& plan, const T* x, const T* y, T* w, Index w_pitch, T* packed)
      : plan_(plan), x_(x), y_(y), w_(w), w_pitch_(w_pitch), packed_(packed) {
    for (const ColumnBlock& block : plan.blocks) overwrites_ &= interior_rows(block).size() > 0;
  }

  // Whether the gradients get their first values here; else run adds to what is there.
  bool overwrites() const { return overwrites_; }

  // Computes the part-th of `parts` shares of each block's slices.
  void run(Index part, Index parts) const {
    const Scratch<T> y_copy(copies_ ? rows_in_copy * plan_.spread_columns : samples_at_once * widest_block),
        x_copy(copies_ ? rows_in_copy * max_grad_rows<T, 1> : 0);
    const Share share{part, parts, x_copy.data(), y_copy.data()};
    for (Index n0 = 0; n0 < plan_.batch; n0 += samples_at_once) {
      const Index samples = std::min(samples_at_once, plan_.batch - n0);
      for (Index n = n0; n < n0 + samples; ++n) copies_ ? copied(share, n) : uncopied(share, n);
      for (const ColumnBlock& block : plan_.blocks) {
        const Range done = interior_rows(block);
        for (Index r = 0; r < done.first; ++r) edge(share, block, r, n0, samples);
        for (Index r = done.last; r < plan_.rows; ++r) edge(share, block, r, n0, samples);
      }
    }
  }

 private:
  struct Slice {
    Stretch stretch;
    Range rows;  // for which it needs no care
  };

  struct Share {
    Index part, parts;  // of each block's slices
    T *x_copy, *y_copy;
  };

  // Calls body(slice) for all slices of a block.
  template <class Body>
  void for_all_slices(const ColumnBlock& block, Body body) const {
    // Copies are made once for all blocks, so the slices of a narrow last one are those of the others.
    const Index width = copies_ ? plan_.blocks[0].width : block.width;
    const Index height = width == lanes<T> ? max_grad_rows<T, 1> : max_grad_rows<T, 2>;
    const auto slices_of = [&](const Stretch& all, const Range& rows) {
      cut(all.length, height, [&](Index start, Index length) {
        body(Slice{{all.element + start, all.row + start, length}, rows});
      });
    };
    for (Index i = block.runs; i < block.runs + block.run_count; ++i) {
      const TapRun& run = plan_.runs[static_cast<std::size_t>(i)];
      if (!tap_by_tap_) slices_of(stretch_of(run, 0, block.taps, plan_.in_channels), interior_rows(block));
      for (Index tap = run.first; tap_by_tap_ && tap < run.last; ++tap)
        slices_of(stretch_of(run, tap, tap + 1, plan_.in_channels),
            plan_.rows_inside(run.offset + tap - run.first));
    }
  }

  // The same for those of a share.
  template <class Body>
  void for_each_slice(const Share& share, const ColumnBlock& block, Body body) const {
    if (share.parts == 1) return for_all_slices(block, body);
    Index count = 0, n = 0;
    for_all_slices(block, [&](const Slice&) { ++count; });
    const Range mine{count * share.part / share.parts, count * (share.part + 1) / share.parts};
    for_all_slices(block, [&](const Slice& slice) {
      if (mine.first <= n && n < mine.last) body(slice);
      ++n;
    });
  }

  static GradTile<T> tile_of(const ColumnBlock& block, const Stretch& slice) {
    const auto height = static_cast<std::size_t>(slice.length - 1);
    return block.width == lanes<T> ? all_grad_tiles<T, 1>[height] : all_grad_tiles<T, 2>[height];
  }

  // `first`: nothing is there to be added to.
  void add(bool first, const ColumnBlock& block, const Stretch& slice, const T* x, Index x_pitch, const T* y,
      Index y_pitch, Index rows) const {
    const bool in_place = is_in_place(plan_, block);
    const Index pitch = in_place ? w_pitch_ : block.width;
    T* w = (in_place ? w_ + block.column : packed_ + block.weights - packed_from(plan_)) + slice.row * pitch;
    tile_of(block, slice)(x, x_pitch, y, y_pitch, rows, w, pitch, first);
  }

  // The rows that need no care: vectors of y are read beyond the columns of the block, but not beyond the sample.
  Range interior_rows(const ColumnBlock& block) const {
    if (tap_by_tap_) return {0, plan_.rows};
    const Range& rows = copies_ ? block.inside : block.inside_width;
    return rows.size() < least_rows_ ? Range{0, 0} : rows;  // short samples: all across samples
  }

  void uncopied(const Share& share, Index n) const {
    const Index rows_at_once =
        std::max<Index>(32, cache_bytes / static_cast<Index>(sizeof(T)) / (x_row_ + y_row_));
    for (const ColumnBlock& block : plan_.blocks) {
      const Range all = interior_rows(block);
      cut(all.size(), rows_at_once, [&](Index first, Index count) {
        for_each_slice(share, block, [&](const Slice& s) {
          const Range rows = intersection({all.first + first, all.first + first + count}, s.rows);
          add(overwrites_ && n == 0 && first == 0, block, s.stretch,
              x_ + n * x_sample_ + rows.first * x_row_ + s.stretch.element, x_row_,
              y_ + n * y_sample_ + rows.first * y_row_ + block.column, y_row_, rows.size());
        });
      });
    }
  }

  // The same with copies, slice by slice: the rows of w that a slice is for lie in as many pages, and each page is written
  // from end to end. All blocks have the same taps here, since nothing is folded.
  void copied(const Share& share, Index n) const {
    const Range all = interior_rows(plan_.blocks[0]);
    cut(all.size(), rows_in_copy, [&](Index first, Index count) {
      const Range chunk{all.first + first, all.first + first + count};
      T* to = share.y_copy;
      for (const ColumnBlock& block : plan_.blocks) {
        copy_and_fill_rows(y_ + n * y_sample_ + chunk.first * y_row_ + block.column, y_row_, count,
            block.columns, to, block.width);
        to += count * block.width;
      }
      for_each_slice(share, plan_.blocks[0], [&](const Slice& s) {
        const Range rows = intersection(chunk, s.rows);
        const Index length = s.stretch.length;
        copy_rows(x_ + n * x_sample_ + rows.first * x_row_ + s.stretch.element, x_row_, rows.size(), length,
            share.x_copy, length);
        const T* from = share.y_copy;
        for (const ColumnBlock& block : plan_.blocks) {
          add(overwrites_ && n == 0 && first == 0, block, s.stretch, share.x_copy, length,
              from + (rows.first - chunk.first) * block.width, block.width, rows.size());
          from += count * block.width;
        }
      });
    });
  }

  void edge(const Share& share, const ColumnBlock& block, Index r, Index n0, Index samples) const {
    const Index start = r * y_row_ + block.column, columns = std::min(block.columns, y_sample_ - start);
    if (columns <= 0) return;
    const T* y = y_ + n0 * y_sample_ + start;
    Index y_pitch = y_sample_;
    if (columns < block.width) {
      copy_and_fill_rows(y, y_sample_, samples, columns, share.y_copy, block.width);
      y = share.y_copy, y_pitch = block.width;
    }
    const Range taps = plan_.taps_inside(block, r);
    const Index begin = taps.first * plan_.in_channels, end = taps.last * plan_.in_channels;
    for_each_slice(share, block, [&](const Slice& slice) {
      Stretch s = slice.stretch;
      const Index skipped = std::max<Index>(begin - s.row, 0);
      s.element += skipped, s.row += skipped, s.length = std::min(s.length - skipped, end - s.row);
      if (s.length <= 0) return;
      const T* x = x_ + n0 * x_sample_ + r * x_row_ + s.element;
      if (columns == block.columns) return add(false, block, s, x, x_sample_, y, y_pitch, samples);
      add_columns(columns, block, s, x, y, y_pitch, samples);
    });
  }

  // add, but only to the first columns of a folded row that goes beyond the sample: an infinite x would make NaN of the zeros
  // that stand for the others.
  void add_columns(Index columns, const ColumnBlock& block, const Stretch& slice, const T* x, const T* y,
      Index y_pitch, Index samples) const {
    alignas(64) T sums[max_grad_rows<T, 1> * widest_block];
    tile_of(block, slice)(x, x_sample_, y, y_pitch, samples, sums, block.width, true);
    T* w = packed_ + block.weights - packed_from(plan_) + slice.row * block.width;
    for (Index i = 0; i < slice.length; ++i)
      for (Index j = 0; j < columns; ++j) w[i * block.width + j] += sums[i * block.width + j];
  }

  static constexpr Index widest_block = 2 * lanes<T>;
  const Conv1DPlan& plan_;
  const T *x_, *y_;
  T* w_;
  Index w_pitch_;
  T* packed_;
  Index x_row_ = plan_.hop * plan_.in_channels, x_sample_ = plan_.in_steps * plan_.in_channels;
  Index y_row_ = plan_.fold * plan_.out_channels, y_sample_ = plan_.out_steps * plan_.out_channels;
  bool copies_ = plan_.fold == 1 && plan_.blocks.size() >= blocks_worth_copying &&
                 x_row_ * static_cast<Index>(sizeof(T)) >= far_apart;
  Index least_rows_ =
      std::min({samples_at_once, plan_.batch, Index{8}});  // of a sample, to be taken by itself
  bool tap_by_tap_ = plan_.fold == 1 && plan_.in_channels >= channels_worth_slices &&
                     plan_.rows >= least_rows_ && (copies_ || plan_.out_channels % lanes<T> == 0);
  bool overwrites_ = true;
};

}  // namespace

template <class T>
void kernel_grad_direct(const T* x, const T* y, T* w, Index w_pitch, const Conv1DSizes& sizes) {
  const Conv1DPlan& plan = Conv1DPlan::of(sizes, Conv1DPlan::Gather::y, lanes<T>, false);
  // Windows that the ends of x cut are filled with zeros there, which would make NaN of infinity.
  if (work_with_few_filters<T>(sizes) < 0.9 * plan.work() &&
      all_finite(y, sizes.batch * sizes.y_steps * sizes.y_channels))
    return kernel_grad_few_filters(x, y, w, w_pitch, sizes);

  const double multiply_adds = plan.work() * static_cast<double>(lanes<T> * plan.out_steps * plan.batch);
  const Index parts = multiply_adds < worth_threads ? 1 : available_threads();
  const bool all_in_place = is_in_place(plan, plan.blocks.back());
  const Index size = all_in_place ? 0 : plan.packed_size() - packed_from(plan);
  const Scratch<T> packed(size);
  const KernelGrad<T> work(plan, x, y, w, w_pitch, packed.data());
  const auto clear = [&](Index first, Index count) {
    for (Index row = 0; row < sizes.kernel_size * sizes.x_channels; ++row)
      std::fill_n(w + row * w_pitch + first, count, T(0));
  };
  if (plan.fold > 1 || !work.overwrites()) clear(0, sizes.y_channels);
  if (!work.overwrites()) std::fill_n(packed.data(), size, T(0));
  parallel_for(parts, [&](Index part) { work.run(part, parts); });
  for (const ColumnBlock& block : plan.blocks) {
    if (is_in_place(plan, block)) continue;
    if (plan.fold == 1) clear(block.column, block.columns);
    plan.unpack_add(block, packed.data() + block.weights - packed_from(plan), w, w_pitch);
  }
}

template void kernel_grad_direct(const float*, const float*, float*, Index, const Conv1DSizes&);
template void kernel_grad_direct(const double*, const double*, double*, Index, const Conv1DSizes&);

}  // namespace xtape::kernels
