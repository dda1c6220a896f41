#include <algorithm>
#include <xtape/core/kernels/conv1d.hpp>
#include <xtape/core/kernels/conv1d_depthwise.hpp>
#include <xtape/core/kernels/conv1d_direct.hpp>
#include <xtape/core/kernels/conv1d_loops.hpp>
#include <xtape/core/kernels/conv1d_views.hpp>

namespace xtape::kernels {
namespace {

// The one place that chooses between register tiles and BLAS. Measured on AVX-512 cores with OpenBLAS 0.3.21, tiles are as
// fast or faster from the narrowest layers to those of 1024 channels and 25 MB of weights. But they first bring weights into
// their own order, which does not pay for a handful of rows, the less when the weights have to be transposed: BLAS has
// kernels for that.
constexpr Index few_rows = 4, few_rows_of_transpose = 48;

bool suits_blas(const Conv1DSizes& z, Index few) {
  return z.batch * z.y_steps < few && std::min(z.strides * z.x_channels, z.y_channels) >= 32;
}

bool is_depthwise(const Conv1DSizes& z) { return z.groups == z.x_channels && z.groups == z.y_channels; }

bool is_empty(const Conv1DSizes& z) {
  return z.batch == 0 || z.x_steps == 0 || z.x_channels == 0 || z.kernel_size == 0 || z.y_steps == 0 ||
         z.y_channels == 0;
}

template <class T>
void fill_zero(T* data, Index size) {
  std::fill_n(data, size, T(0));
}

// Runs body(group's x, group's y, offset of the group's filters in a row of w, group's sizes) with each group's channels
// gathered in one place. What the body writes to a group's x or y goes to x_out or y_out; each is null where it only reads.
template <class T, class Body>
void for_each_group(const T* x, T* x_out, const T* y, T* y_out, const Conv1DSizes& z, Body body) {
  Conv1DSizes part = z;
  part.x_channels /= z.groups, part.y_channels /= z.groups, part.groups = 1;
  const Index x_rows = z.batch * z.x_steps, y_rows = z.batch * z.y_steps;
  const Scratch<T> x_copy(x_rows * part.x_channels), y_copy(y_rows * part.y_channels);
  T *x_part = x_copy.data(), *y_part = y_copy.data();
  for (Index g = 0; g < z.groups; ++g) {
    const Index c = g * part.x_channels, f = g * part.y_channels;
    if (x != nullptr) copy_rows(x + c, z.x_channels, x_rows, part.x_channels, x_part, part.x_channels);
    if (y != nullptr) copy_rows(y + f, z.y_channels, y_rows, part.y_channels, y_part, part.y_channels);
    body(x_part, y_part, f, part);
    if (x_out != nullptr)
      copy_rows<T>(x_part, part.x_channels, x_rows, part.x_channels, x_out + c, z.x_channels);
    if (y_out != nullptr)
      copy_rows<T>(y_part, part.y_channels, y_rows, part.y_channels, y_out + f, z.y_channels);
  }
}

template <class T>
void conv1d_ungrouped(
    const T* x, const T* w, Index w_pitch, T* y, const Conv1DSizes& z, const Finish<T>& finish) {
  suits_blas(z, few_rows) ? conv1d_views(x, w, w_pitch, y, z, finish)
                          : gather_direct(x, w, w_pitch, y, z, Conv1DPlan::Gather::y, finish);
}

template <class T>
void transpose_ungrouped(
    const T* y, const T* w, Index w_pitch, T* x, const Conv1DSizes& z, const Finish<T>& finish) {
  suits_blas(z, few_rows_of_transpose) ? conv1d_transpose_views(y, w, w_pitch, x, z, finish)
                                       : gather_direct(y, w, w_pitch, x, z, Conv1DPlan::Gather::x, finish);
}

}  // namespace

template <class T>
void conv1d(const T* x, const T* w, T* y, const Conv1DSizes& z, const Finish<T>& finish) {
  if (!is_empty(z) && z.groups == 1) return conv1d_ungrouped(x, w, z.y_channels, y, z, finish);
  if (is_empty(z)) {
    fill_zero(y, z.batch * z.y_steps * z.y_channels);
  } else if (is_depthwise(z)) {
    conv1d_depthwise(x, w, y, z);
  } else {
    for_each_group<T>(x, nullptr, nullptr, y, z,
        [&](const T* x_part, T* y_part, Index f, const Conv1DSizes& part) {
      conv1d_ungrouped<T>(x_part, w + f, z.y_channels, y_part, part, {});
    });
  }
  apply(finish, y, z.batch * z.y_steps, z.y_channels);
}

template <class T>
void conv1d_transpose(const T* y, const T* w, T* x, const Conv1DSizes& z, const Finish<T>& finish) {
  if (!is_empty(z) && z.groups == 1) return transpose_ungrouped(y, w, z.y_channels, x, z, finish);
  if (is_empty(z)) {
    fill_zero(x, z.batch * z.x_steps * z.x_channels);
  } else if (is_depthwise(z)) {
    conv1d_transpose_depthwise(y, w, x, z);
  } else {
    for_each_group<T>(nullptr, x, y, nullptr, z,
        [&](T* x_part, const T* y_part, Index f, const Conv1DSizes& part) {
      transpose_ungrouped<T>(y_part, w + f, z.y_channels, x_part, part, {});
    });
  }
  apply(finish, x, z.batch * z.x_steps, z.x_channels);
}

template <class T>
void conv1d_kernel_grad(const T* x, const T* y, T* w, const Conv1DSizes& z) {
  const Index w_size = z.groups == 0 ? 0 : z.kernel_size * (z.x_channels / z.groups) * z.y_channels;
  if (is_empty(z)) return fill_zero(w, w_size);
  if (z.groups == 1) return kernel_grad_direct(x, y, w, z.y_channels, z);
  if (is_depthwise(z)) return kernel_grad_depthwise(x, y, w, z);
  for_each_group<T>(x, nullptr, y, nullptr, z,
      [&](const T* x_part, const T* y_part, Index f, const Conv1DSizes& part) {
    kernel_grad_direct(x_part, y_part, w + f, z.y_channels, part);
  });
}

template void conv1d(const float*, const float*, float*, const Conv1DSizes&, const Finish<float>&);
template void conv1d(const double*, const double*, double*, const Conv1DSizes&, const Finish<double>&);
template void conv1d_transpose(const float*, const float*, float*, const Conv1DSizes&, const Finish<float>&);
template void conv1d_transpose(
    const double*, const double*, double*, const Conv1DSizes&, const Finish<double>&);
template void conv1d_kernel_grad(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d_kernel_grad(const double*, const double*, double*, const Conv1DSizes&);

}  // namespace xtape::kernels
