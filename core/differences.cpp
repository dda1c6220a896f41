#include <cmath>
#include <numeric>

#include <xtape/core/differences.hpp>
#include <xtape/core/tape.hpp>

namespace xtape::detail {

Tensors pullback(const Map& f, const Tensors& x, const Tensors& u) {
  GradientTape tape;
  Tensors sources;
  for (const Tensor& input : x)
    if (is_floating(input.dtype())) {
      tape.watch(input);
      sources.push_back(input);
    }
  const Tensors y = f(x);
  return tape.gradient(
      y, sources, {.output_gradients = u, .unconnected_gradients = UnconnectedGradients::zero});
}

Map pullback_of(const Map& f, std::size_t inputs) {
  return [f, inputs](const Tensors& xu) {
    const auto middle = xu.begin() + static_cast<Index>(inputs);
    return pullback(f, Tensors(xu.begin(), middle), Tensors(middle, xu.end()));
  };
}

Tensor uniform(const Shape& shape, DType dtype, std::mt19937_64& random, double low, double high) {
  const Tensor t = Tensor::empty(shape, dtype);
  dispatch_floating(dtype, "uniform", [&]<class T>() {
    for (Index i = 0; i < t.size(); ++i) {
      const double share = static_cast<double>(random() >> 11) * 0x1p-53;  // the same on every platform
      t.mutable_data<T>()[i] = static_cast<T>(low + (high - low) * share);
    }
  });
  return t;
}

Tensors uniform_like(const Tensors& t, std::mt19937_64& random) {
  Tensors out;
  for (const Tensor& like : t)
    out.push_back(is_floating(like.dtype()) ? uniform(like.shape(), like.dtype(), random) : zeros_like(like));
  return out;
}

Tensor unit(const Tensor& like, Index element) {
  const Tensor t = zeros_like(like);
  dispatch_floating(t.dtype(), "unit", [&]<class T>() { t.mutable_data<T>()[element] = T(1); });
  return t;
}

Tensors zeros_like_each(const Tensors& t) {
  Tensors out;
  for (const Tensor& like : t) out.push_back(zeros_like(like));
  return out;
}

Shape index_of(Index element, const Shape& shape) {
  Shape index = shape;
  for (Index axis = shape.rank(); axis-- > 0; element /= shape[axis]) index[axis] = element % shape[axis];
  return index;
}

Line::Values flattened(const Tensors& t) {
  Line::Values out;
  for (const Tensor& part : t) {
    const auto values = part.to_vector<double>();
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

double dot(const Line::Values& a, const Line::Values& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
double dot(const Tensors& a, const Tensors& b) { return dot(flattened(a), flattened(b)); }
double dot_of_magnitudes(const Tensors& a, const Tensors& b) {
  const auto p = flattened(a), q = flattened(b);
  return std::inner_product(p.begin(), p.end(), q.begin(), 0.0, std::plus<>(),
      [](double left, double right) { return std::abs(left * right); });
}

namespace {

Tensor moved(const Tensor& x, double t, const Tensor& v) {
  if (!is_floating(x.dtype())) return x;
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), "moved", [&]<class T>() {
    for (Index i = 0; i < x.size(); ++i)
      y.mutable_data<T>()[i] =
          static_cast<T>(static_cast<double>(x.data<T>()[i]) + t * static_cast<double>(v.data<T>()[i]));
  });
  return y;
}

}  // namespace

Line::Values Line::at(double t) const {
  Tensors x;
  for (std::size_t i = 0; i < x_.size(); ++i) x.push_back(moved(x_[i], t, v_[i]));
  return flattened(f_(x));
}

Line::Values Line::central(double h) const {
  const Values before = at(-h);
  Values out = at(h);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (out[i] - before[i]) / (2 * h);
  return out;
}

Line::Values Line::extrapolated(double h, int levels) const {
  std::vector<Values> row{central(h)};  // row[k]: the estimate whose errors up to h^2k have been cancelled
  for (int level = 1; level < levels; ++level) {
    std::vector<Values> next{central(std::ldexp(h, -level))};
    double factor = 1;
    for (const Values& coarser : row) {
      factor *= 4;  // halving the step divides an error in h^2k by 4^k
      Values better = next.back();
      for (std::size_t i = 0; i < better.size(); ++i) better[i] += (better[i] - coarser[i]) / (factor - 1);
      next.push_back(std::move(better));
    }
    row = std::move(next);
  }
  return row.back();
}

}  // namespace xtape::detail
