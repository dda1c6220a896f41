#include <algorithm>
#include <xtape/core/kernels/conv1d.hpp>

namespace xtape::kernels {
namespace {

// Calls body(x offset, w offset, y offset) of the first channel of every row of w, for every window inside x.
template <class Body>
void for_each_row(const Conv1DSizes& z, Body body) {
  const Index channels = z.x_channels / z.groups, filters = z.y_channels / z.groups;
  for (Index n = 0; n < z.batch; ++n)
    for (Index t = 0; t < z.y_steps; ++t)
      for (Index k = 0; k < z.kernel_size; ++k) {
        const Index step = t * z.strides + k * z.dilation - z.left;
        if (step < 0 || step >= z.x_steps) continue;
        for (Index g = 0; g < z.groups; ++g)
          for (Index c = 0; c < channels; ++c)
            body((n * z.x_steps + step) * z.x_channels + g * channels + c,
                (k * channels + c) * z.y_channels + g * filters,
                (n * z.y_steps + t) * z.y_channels + g * filters);
      }
}

}  // namespace

template <class T>
void conv1d(const T* x, const T* w, T* y, const Conv1DSizes& z) {
  std::fill_n(y, z.batch * z.y_steps * z.y_channels, T(0));
  for_each_row(z, [&](Index i, Index j, Index l) {
    for (Index f = 0; f < z.y_channels / z.groups; ++f) y[l + f] += x[i] * w[j + f];
  });
}

template <class T>
void conv1d_transpose(const T* y, const T* w, T* x, const Conv1DSizes& z) {
  std::fill_n(x, z.batch * z.x_steps * z.x_channels, T(0));
  for_each_row(z, [&](Index i, Index j, Index l) {
    for (Index f = 0; f < z.y_channels / z.groups; ++f) x[i] += w[j + f] * y[l + f];
  });
}

template <class T>
void conv1d_kernel_grad(const T* x, const T* y, T* w, const Conv1DSizes& z) {
  std::fill_n(w, z.kernel_size * (z.x_channels / z.groups) * z.y_channels, T(0));
  for_each_row(z, [&](Index i, Index j, Index l) {
    for (Index f = 0; f < z.y_channels / z.groups; ++f) w[j + f] += x[i] * y[l + f];
  });
}

template void conv1d(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d(const double*, const double*, double*, const Conv1DSizes&);
template void conv1d_transpose(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d_transpose(const double*, const double*, double*, const Conv1DSizes&);
template void conv1d_kernel_grad(const float*, const float*, float*, const Conv1DSizes&);
template void conv1d_kernel_grad(const double*, const double*, double*, const Conv1DSizes&);

}  // namespace xtape::kernels
