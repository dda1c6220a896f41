/// Two of the convolutions as BLAS products on views: for a handful of rows, and where tiles would spread NaN.
///
/// A group of up to `strides` neighbouring taps (one tap when dilation > 1) sees a matrix that already stands in memory:
///
///     X   rows t, columns (k, c) of the group   x[n, t*strides + k*dilation - left, c], rows strides*x_channels apart
///     W   rows (k, c) of the group, columns f   w[k, c, f]
///     Y   rows t, columns f                     y[n, t, f]
///
/// and the group's part of the trilinear form is <X W, Y>. So conv1d adds X W to Y, and conv1d_transpose adds Y W' to X.
/// A group's windows do not overlap, which is what BLAS asks of a matrix. Windows cut by the ends of x are products of
/// one row.
///
/// `w_pitch` as in conv1d_direct.hpp. sizes.groups must be 1.
#pragma once

#include <xtape/core/kernels/conv1d.hpp>

namespace xtape::kernels {

template <class T>
void conv1d_views(
    const T* x, const T* w, Index w_pitch, T* y, const Conv1DSizes& sizes, const Finish<T>& finish);
template <class T>
void conv1d_transpose_views(
    const T* y, const T* w, Index w_pitch, T* x, const Conv1DSizes& sizes, const Finish<T>& finish);

}  // namespace xtape::kernels
