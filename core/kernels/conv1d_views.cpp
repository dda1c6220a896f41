#include <algorithm>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_views.hpp>
#include <xtape/core/kernels/gemm.hpp>

namespace xtape::kernels {
namespace {

// Where the three matrices of a group begin, and their sizes: X is rows x columns, W columns x filters, Y rows x filters.
struct View {
  Index x, w_row, y, rows, columns;
};

// Calls body(view) for pieces that together make up the whole form.
template <class Body>
void for_each_view(const Conv1DSizes& z, Body body) {
  const Index group = z.dilation == 1 ? z.strides : 1;
  const auto emit = [&](Index n, Index t, Index rows, Index k, Index taps) {
    const Index step = t * z.strides + k * z.dilation - z.left;
    body(View{(n * z.x_steps + step) * z.x_channels, k * z.x_channels, (n * z.y_steps + t) * z.y_channels,
        rows, taps * z.x_channels});
  };
  for (Index n = 0; n < z.batch; ++n)
    for (Index k = 0; k < z.kernel_size; k += group) {
      const Index taps = std::min(group, z.kernel_size - k),
                  start = k * z.dilation - z.left;  // the step of t = 0
      const auto bound = [&](Index t) { return std::clamp<Index>(t, 0, z.y_steps); };
      const Index touched = bound(divide_up(1 - taps - start, z.strides)),
                  first = bound(divide_up(-start, z.strides));
      const Index last = std::max(first, bound(divide_up(z.x_steps - taps + 1 - start, z.strides)));
      const Index left_behind = std::max(last, bound(divide_up(z.x_steps - start, z.strides)));
      if (last - first == z.y_steps && z.x_steps == z.y_steps * z.strides) {  // samples continue each other
        if (n == 0) emit(0, 0, z.batch * z.y_steps, k, taps);
        continue;
      }
      if (first < last) emit(n, first, last - first, k, taps);
      const auto emit_cut = [&](Index t) {
        const Index step = t * z.strides + start;
        const Index low = std::max<Index>(0, -step), high = std::min(taps, z.x_steps - step);
        if (low < high) emit(n, t, 1, k + low, high - low);
      };
      for (Index t = touched; t < first; ++t) emit_cut(t);
      for (Index t = last; t < left_behind; ++t) emit_cut(t);
    }
}

}  // namespace

template <class T>
void conv1d_views(
    const T* x, const T* w, Index w_pitch, T* y, const Conv1DSizes& z, const Finish<T>& finish) {
  std::fill_n(y, z.batch * z.y_steps * z.y_channels, T(0));
  for_each_view(z, [&](const View& v) {
    gemm(Transpose::no, Transpose::no, v.rows, z.y_channels, v.columns, T(1), x + v.x,
        z.strides * z.x_channels, w + v.w_row * w_pitch, w_pitch, T(1), y + v.y, z.y_channels);
  });
  apply(finish, y, z.batch * z.y_steps, z.y_channels);
}

template <class T>
void conv1d_transpose_views(
    const T* y, const T* w, Index w_pitch, T* x, const Conv1DSizes& z, const Finish<T>& finish) {
  std::fill_n(x, z.batch * z.x_steps * z.x_channels, T(0));
  for_each_view(z, [&](const View& v) {
    gemm(Transpose::no, Transpose::yes, v.rows, v.columns, z.y_channels, T(1), y + v.y, z.y_channels,
        w + v.w_row * w_pitch, w_pitch, T(1), x + v.x, z.strides * z.x_channels);
  });
  apply(finish, x, z.batch * z.x_steps, z.x_channels);
}

template void conv1d_views(
    const float*, const float*, Index, float*, const Conv1DSizes&, const Finish<float>&);
template void conv1d_views(
    const double*, const double*, Index, double*, const Conv1DSizes&, const Finish<double>&);
template void conv1d_transpose_views(
    const float*, const float*, Index, float*, const Conv1DSizes&, const Finish<float>&);
template void conv1d_transpose_views(
    const double*, const double*, Index, double*, const Conv1DSizes&, const Finish<double>&);

}  // namespace xtape::kernels
