// The kernel gradient for few filters:  w[i, f] += x[window of t, i] * y[t, f],  i = (k, c) along vectors, f by broadcast.
//
// A window of x is one stretch of kernel_size * x_channels elements, or one stretch per tap when dilation > 1. A stretch
// is cut into pieces of 1, 2, 4 or 8 vectors, more the fewer filters there are, to have enough sums under way. The last
// piece ends where the stretch ends, so nothing beyond is read; where it overlaps the piece before, its sums are ignored.
// Windows cut by the ends of x are copied with zeros in the place of what is missing.
#include <algorithm>
#include <limits>
#include <xtape/core/kernels/conv1d_direct.hpp>
#include <xtape/core/kernels/conv1d_grad_tiles.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>

namespace xtape::kernels {
namespace {

constexpr Index samples_at_once = 16;
constexpr Index rows_at_once = 64;

struct Window {
  Index stretches, length;  // elements of one stretch
  explicit Window(const Conv1DSizes& z)
      : stretches(z.dilation == 1 ? 1 : z.kernel_size),
        length((z.dilation == 1 ? z.kernel_size : 1) * z.x_channels) {}
};

template <class T, int Vectors>
class FewFilters {
 public:
  static constexpr Index width = Vectors * lanes<T>;

  FewFilters(const Conv1DSizes& sizes)
      : z(sizes),
        window(sizes),
        pieces(divide_up(window.length, width)),
        sums(window.stretches * pieces * z.y_channels * width),
        windows(samples_at_once * z.kernel_size * z.x_channels) {
    std::fill_n(sums.data(), window.stretches * pieces * z.y_channels * width, T(0));
  }

  void run(const T* x, const T* y, T* w, Index w_pitch) {
    const Index reach = (z.kernel_size - 1) * z.dilation;
    const Index first = std::clamp<Index>(divide_up(z.left, z.strides), 0, z.y_steps);
    const Index last = std::clamp<Index>(divide_up(z.x_steps - reach + z.left, z.strides), first, z.y_steps);
    for (Index n = 0; n < z.batch; ++n)
      cut(last - first, rows_at_once, [&](Index t, Index rows) {
        t += first;
        add(x + (n * z.x_steps + t * z.strides - z.left) * z.x_channels, z.dilation * z.x_channels,
            z.strides * z.x_channels, y + (n * z.y_steps + t) * z.y_channels, z.y_channels, rows);
      });
    for (Index t = 0; t < first; ++t) add_cut(x, y, t);
    for (Index t = last; t < z.y_steps; ++t) add_cut(x, y, t);
    write(w, w_pitch);
  }

 private:
  Index start_of(Index piece) const { return std::min(piece * width, window.length - width); }

  // Adds `rows` windows, x_pitch apart, with stretches stretch_pitch apart, and as many rows of y.
  void add(const T* x, Index stretch_pitch, Index x_pitch, const T* y, Index y_pitch, Index rows) {
    T* target = sums.data();
    for (Index stretch = 0; stretch < window.stretches; ++stretch)
      for (Index piece = 0; piece < pieces; ++piece, target += z.y_channels * width)
        cut(z.y_channels, max_grad_rows<T, Vectors>, [&](Index f, Index count) {
          all_grad_tiles<T, Vectors>[static_cast<std::size_t>(count - 1)](y + f, y_pitch,
              x + stretch * stretch_pitch + start_of(piece), x_pitch, rows, target + f * width, width, false);
        });
  }

  // Adds the windows of step t of all samples, some of whose taps are outside x.
  void add_cut(const T* x, const T* y, Index t) {
    const Index size = z.kernel_size * z.x_channels;
    for (Index n0 = 0; n0 < z.batch; n0 += samples_at_once) {
      const Index samples = std::min(samples_at_once, z.batch - n0);
      for (Index n = 0; n < samples; ++n)
        for (Index k = 0; k < z.kernel_size; ++k) {
          const Index step = t * z.strides + k * z.dilation - z.left;
          T* target = windows.data() + n * size + k * z.x_channels;
          if (step >= 0 && step < z.x_steps)
            std::copy_n(x + ((n0 + n) * z.x_steps + step) * z.x_channels, z.x_channels, target);
          else
            std::fill_n(target, z.x_channels, T(0));
        }
      add(windows.data(), window.length, size, y + (n0 * z.y_steps + t) * z.y_channels,
          z.y_steps * z.y_channels, samples);
    }
  }

  void write(T* w, Index w_pitch) const {
    const T* source = sums.data();
    for (Index stretch = 0; stretch < window.stretches; ++stretch)
      for (Index piece = 0; piece < pieces; ++piece, source += z.y_channels * width)
        for (Index i = piece * width - start_of(piece); i < width; ++i) {
          T* row = w + (stretch * window.length + start_of(piece) + i) * w_pitch;
          for (Index f = 0; f < z.y_channels; ++f) row[f] = source[f * width + i];
        }
  }

  const Conv1DSizes& z;
  const Window window;
  const Index pieces;
  const Scratch<T> sums, windows;
};

}  // namespace

template <class T>
double work_with_few_filters(const Conv1DSizes& z) {
  const Window window(z);
  const bool enough_sums =
      window.length / lanes<T> * z.y_channels >= 4;  // to hide the latency of a multiply-add
  if (window.length < lanes<T> || !enough_sums) return std::numeric_limits<double>::infinity();
  return static_cast<double>(window.stretches * divide_up(window.length, lanes<T>) * z.y_channels);
}

template <class T>
void kernel_grad_few_filters(const T* x, const T* y, T* w, Index w_pitch, const Conv1DSizes& z) {
  const Index vectors = Window(z).length / lanes<T>, f = z.y_channels;
  if (f <= 3 && vectors >= 8) return FewFilters<T, 8>(z).run(x, y, w, w_pitch);
  if (f <= 6 && vectors >= 4) return FewFilters<T, 4>(z).run(x, y, w, w_pitch);
  if (vectors >= 2) return FewFilters<T, 2>(z).run(x, y, w, w_pitch);
  FewFilters<T, 1>(z).run(x, y, w, w_pitch);
}

template double work_with_few_filters<float>(const Conv1DSizes&);
template double work_with_few_filters<double>(const Conv1DSizes&);
template void kernel_grad_few_filters(const float*, const float*, float*, Index, const Conv1DSizes&);
template void kernel_grad_few_filters(const double*, const double*, double*, Index, const Conv1DSizes&);

}  // namespace xtape::kernels
