// With strides 1, neighbouring steps stand side by side in both x and y, so a few channels repeat over many steps as if
// they were many channels: the weights are written out several times in a row ("widened"), and one loop runs over
// several steps. Steps are taken in stretches short enough to stay in the first cache while all taps visit them.
#include <algorithm>
#include <vector>
#include <xtape/core/kernels/conv1d_depthwise.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>

namespace xtape::kernels {
namespace {

constexpr Index wide_enough = 128;  // elements for one inner loop
constexpr Index elements_in_stretch = 2048;

// How many steps one inner loop takes.
Index steps_at_once(const Conv1DSizes& z) {
  return z.strides == 1 ? divide_up(wide_enough, z.x_channels) : 1;
}

// Calls body(x offset, offset in the widened weights, y offset, elements) so that all terms of the form are met once.
template <class Body>
void for_each_part(const Conv1DSizes& z, Body body) {
  const Index channels = z.x_channels, repeats = steps_at_once(z);
  const Index stretch = divide_up(elements_in_stretch, channels);
  for (Index n = 0; n < z.batch; ++n)
    for (Index t0 = 0; t0 < z.y_steps; t0 += stretch)
      for (Index k = 0; k < z.kernel_size; ++k) {
        const Index start = k * z.dilation - z.left;  // the step of x that t = 0 meets
        const Index first = std::max(t0, divide_up(-start, z.strides));
        const Index last = std::min({t0 + stretch, z.y_steps, divide_up(z.x_steps - start, z.strides)});
        for (Index t = first; t < last; t += repeats)
          body((n * z.x_steps + t * z.strides + start) * channels, k * repeats * channels,
              (n * z.y_steps + t) * channels, std::min(repeats, last - t) * channels);
      }
}

template <class T>
void multiply_add(const T* __restrict a, const T* __restrict b, T* __restrict sum, Index count) {
  for (Index i = 0; i < count; ++i) sum[i] += a[i] * b[i];
}

// Scratch that lives as long as its thread.
template <class T>
T* widened_buffer(const Conv1DSizes& z) {
  thread_local std::vector<T> buffer;
  const auto size = static_cast<std::size_t>(z.kernel_size * steps_at_once(z) * z.x_channels);
  if (buffer.size() < size) buffer.resize(size);
  return buffer.data();
}

template <class T>
const T* widen(const T* w, const Conv1DSizes& z) {
  T* next = widened_buffer<T>(z);
  T* const begin = next;
  for (Index k = 0; k < z.kernel_size; ++k)
    for (Index i = 0; i < steps_at_once(z); ++i) next = std::copy_n(w + k * z.x_channels, z.x_channels, next);
  return begin;
}

}  // namespace

template <class T>
void conv1d_depthwise(const T* x, const T* w, T* y, const Conv1DSizes& z) {
  std::fill_n(y, z.batch * z.y_steps * z.y_channels, T(0));
  const T* wide = widen(w, z);
  for_each_part(
      z, [&](Index i, Index j, Index l, Index count) { multiply_add(x + i, wide + j, y + l, count); });
}

template <class T>
void conv1d_transpose_depthwise(const T* y, const T* w, T* x, const Conv1DSizes& z) {
  std::fill_n(x, z.batch * z.x_steps * z.x_channels, T(0));
  const T* wide = widen(w, z);
  for_each_part(
      z, [&](Index i, Index j, Index l, Index count) { multiply_add(y + l, wide + j, x + i, count); });
}

template <class T>
void kernel_grad_depthwise(const T* x, const T* y, T* w, const Conv1DSizes& z) {
  T* wide = widened_buffer<T>(z);
  const Index repeats = steps_at_once(z), channels = z.x_channels;
  std::fill_n(wide, z.kernel_size * repeats * channels, T(0));
  for_each_part(
      z, [&](Index i, Index j, Index l, Index count) { multiply_add(x + i, y + l, wide + j, count); });
  std::fill_n(w, z.kernel_size * channels, T(0));
  for (Index k = 0; k < z.kernel_size; ++k)
    for (Index i = 0; i < repeats; ++i)
      for (Index c = 0; c < channels; ++c) w[k * channels + c] += wide[(k * repeats + i) * channels + c];
}

template void conv1d_depthwise(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d_depthwise(const double*, const double*, double*, const Conv1DSizes&);
template void conv1d_transpose_depthwise(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d_transpose_depthwise(const double*, const double*, double*, const Conv1DSizes&);
template void kernel_grad_depthwise(const float*, const float*, float*, const Conv1DSizes&);
template void kernel_grad_depthwise(const double*, const double*, double*, const Conv1DSizes&);

}  // namespace xtape::kernels
