// What the tests of ops share: errors as texts, random tensors, closeness.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape::testing {

/// What f throws, as text; "nothing" when it does not.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

/// Uniform numbers between -1 and 1.
inline Tensor random_tensor(const Shape& shape, std::mt19937& generator, DType dtype = DType::float64) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  const Tensor t = Tensor::empty(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    for (Index i = 0; i < t.size(); ++i) t.mutable_data<T>()[i] = static_cast<T>(uniform(generator));
  });
  return t;
}

inline Index pick(std::mt19937& generator, Index low, Index high) {
  return std::uniform_int_distribution<Index>(low, high)(generator);
}

/// The sum of all products of elements.
inline double inner(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<double> p = a.to_vector(), q = b.to_vector();
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) total += p[i] * q[i];
  return total;
}

/// The same shape, and elements that differ by no more than `tolerance`; NaN equals NaN.
inline bool close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  if (a.shape() != b.shape()) return false;
  const std::vector<double> p = a.to_vector(), q = b.to_vector();
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!(std::abs(p[i] - q[i]) <= tolerance || p[i] == q[i] || (std::isnan(p[i]) && std::isnan(q[i]))))
      return false;
  return true;
}

/// The same dtype, shape and elements.
inline bool same(const Tensor& a, const Tensor& b) { return a.dtype() == b.dtype() && close(a, b, 0); }

/// Every index of a shape, last axis fastest.
inline std::vector<std::vector<Index>> all_indices(const Shape& shape) {
  std::vector<std::vector<Index>> out;
  std::vector<Index> index(static_cast<std::size_t>(shape.rank()), 0);
  for (Index n = 0; n < shape.size(); ++n) {
    out.push_back(index);
    for (Index i = shape.rank() - 1; i >= 0 && ++index[static_cast<std::size_t>(i)] == shape[i]; --i)
      index[static_cast<std::size_t>(i)] = 0;
  }
  return out;
}

}  // namespace xtape::testing
