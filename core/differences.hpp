// Numerical derivatives along a line, for the gradient check; not for use elsewhere.
#pragma once
#include <functional>
#include <random>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape::detail {

using Tensors = std::vector<Tensor>;
/// A function of several inputs with several outputs.
using Map = std::function<Tensors(const Tensors&)>;

/// J'u at x: the gradients of <u, f(x)>, zeros where f does not depend on an input. Outer tapes record it.
Tensors pullback(const Map& f, const Tensors& x, const Tensors& u);
/// The function (x, u) -> J'u, whose own gradients are f's second derivatives. f has `inputs` inputs.
Map pullback_of(const Map& f, std::size_t inputs);

/// A tensor of numbers drawn from [low, high).
Tensor uniform(const Shape& shape, DType dtype, std::mt19937_64& random, double low = -1, double high = 1);
Tensors uniform_like(const Tensors& t, std::mt19937_64& random);
/// The tensor of that shape with a one at `element` and zeros elsewhere.
Tensor unit(const Tensor& like, Index element);
Tensors zeros_like_each(const Tensors& t);
/// The position of an element as a tuple.
Shape index_of(Index element, const Shape& shape);

/// sum_i <a_i, b_i>, and the same of absolute values: how large the terms are that make up the sum.
double dot(const Tensors& a, const Tensors& b);
double dot_of_magnitudes(const Tensors& a, const Tensors& b);

/// The curve t -> f(x + t v), flattened to a vector, and its derivative at 0.
class Line {
 public:
  using Values = std::vector<double>;

  Line(const Map& f, const Tensors& x, const Tensors& v) : f_(f), x_(x), v_(v) {}

  Values at(double t) const;
  /// (f(x + h v) - f(x - h v)) / 2h
  Values central(double h) const;
  /// Central differences of steps h, h/2, ..., combined so that their errors in h^2, h^4, ... cancel.
  Values extrapolated(double h, int levels) const;

 private:
  const Map& f_;
  const Tensors &x_, &v_;
};

/// All elements of several tensors, one after the other.
Line::Values flattened(const Tensors& t);
double dot(const Line::Values& a, const Line::Values& b);

}  // namespace xtape::detail
