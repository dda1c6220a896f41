/// The register-tiled convolutions. See conv1d_plan.hpp for the idea.
///
/// `w_pitch`: elements from one row of filters in w to the next (y_channels, unless w is one group of a larger array).
/// sizes.groups must be 1.
#pragma once

#include <xtape/core/kernels/conv1d_plan.hpp>

namespace xtape::kernels {

/// Gather::y computes out = y from in = x, Gather::x computes out = x from in = y. Overwrites out.
template <class T>
void gather_direct(const T* in, const T* w, Index w_pitch, T* out, const Conv1DSizes& sizes,
    Conv1DPlan::Gather gather, const Finish<T>& finish);

/// Overwrites w.
template <class T>
void kernel_grad_direct(const T* x, const T* y, T* w, Index w_pitch, const Conv1DSizes& sizes);

/// The same with vectors along (k, c) instead of f, and so without folding: for few filters of many channels. Used by
/// kernel_grad_direct where it is less work. Overwrites w.
template <class T>
void kernel_grad_few_filters(const T* x, const T* y, T* w, Index w_pitch, const Conv1DSizes& sizes);

/// Vector multiply-adds of kernel_grad_few_filters for one step of y; infinite where it does not apply.
template <class T>
double work_with_few_filters(const Conv1DSizes& sizes);

}  // namespace xtape::kernels
