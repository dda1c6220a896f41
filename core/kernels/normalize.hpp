// Normalization of a matrix: of each row for itself, or of each column.
//
//     z = (x - mean) * inverse_deviation     mean and inverse_deviation of the row or column that x stands in
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

struct NormalizeSizes {
  Index rows, columns;
  bool of_rows;          ///< each row has its mean, or each column
  bool centered = true;  ///< otherwise means are taken to be 0
  /// How many means there are, and of how many numbers each.
  Index groups() const { return of_rows ? rows : columns; }
  Index length() const { return of_rows ? columns : rows; }
};

/// What z is made with, one of each for every row or column.
template <class T>
struct Standard {
  const T* mean;
  const T* inverse_deviation;
};

/// The mean of each row or column and the mean of (x - mean)^2.
template <class T>
void moments(const T* x, T* mean, T* variance, const NormalizeSizes& sizes);

/// y = z scale[c] + offset[c], c being the column. Without scale (nullptr) 1, without offset 0.
template <class T>
void normalize(const T* x, const Standard<T>& standard, const T* scale, const T* offset, T* y,
    const NormalizeSizes& sizes);

/// u = inverse_deviation (h - mean(h) - z mean(h z)), h = g scale[c]: the gradient of x.
template <class T>
void normalize_grad(
    const T* g, const T* x, const Standard<T>& standard, const T* scale, T* u, const NormalizeSizes& sizes);

/// s[c] = the sum of g z over column c: the gradient of scale.
template <class T>
void normalize_scale_grad(
    const T* g, const T* x, const Standard<T>& standard, T* s, const NormalizeSizes& sizes);

}  // namespace xtape::kernels
