#include <algorithm>
#include <array>
#include <cstdint>

#include <xtape/core/kernels/elementwise.hpp>
#include <xtape/core/kernels/reduce.hpp>

namespace xtape::kernels {
namespace {

// Eight running sums let the compiler use vectors; halving keeps the round-off of long sums small.
template <class T>
T sum_run(const T* x, Index n) {
  constexpr Index block = 512, lanes = 16;
  if (n > block) {
    const Index half = n / 2 / block * block + (n / 2 < block ? n / 2 : 0);
    return static_cast<T>(sum_run(x, half) + sum_run(x + half, n - half));
  }
  std::array<T, lanes> part{};
  Index i = 0;
  for (; i + lanes <= n; i += lanes)
    for (Index k = 0; k < lanes; ++k)
      part[static_cast<std::size_t>(k)] = static_cast<T>(part[static_cast<std::size_t>(k)] + x[i + k]);
  T total{};
  for (; i < n; ++i) total = static_cast<T>(total + x[i]);
  for (const T p : part) total = static_cast<T>(total + p);
  return total;
}

}  // namespace

template <class T>
void sum_to(const T* x, const Shape& x_shape, T* y, const Shape& y_shape) {
  std::fill_n(y, y_shape.size(), T{});
  const Index n = x_shape.size();
  if (n == 0) return;
  const auto strides = broadcast_strides(y_shape, x_shape);
  // The inner run: trailing axes that are all kept or all summed.
  Index inner = 1, axis = x_shape.rank();
  bool kept = false;
  while (axis > 0) {
    if (x_shape[axis - 1] > 1) {
      const bool here = strides[static_cast<std::size_t>(axis - 1)] != 0;
      if (inner > 1 && here != kept) break;
      kept = here;
      inner *= x_shape[axis - 1];
    }
    --axis;
  }
  const Shape outer = x_shape.slice(0, axis);
  std::array<Index, Shape::max_rank> index{};
  for (Index block = 0; block < n; block += inner) {
    Index p = 0;
    for (Index i = 0; i < outer.rank(); ++i)
      p += index[static_cast<std::size_t>(i)] * strides[static_cast<std::size_t>(i)];
    if (kept) {
      for (Index i = 0; i < inner; ++i) y[p + i] = static_cast<T>(y[p + i] + x[block + i]);
    } else {
      y[p] = static_cast<T>(y[p] + sum_run(x + block, inner));
    }
    for (Index i = outer.rank() - 1; i >= 0 && ++index[static_cast<std::size_t>(i)] == outer[i]; --i)
      index[static_cast<std::size_t>(i)] = 0;
  }
}

template void sum_to<float>(const float*, const Shape&, float*, const Shape&);
template void sum_to<double>(const double*, const Shape&, double*, const Shape&);
template void sum_to<std::int32_t>(const std::int32_t*, const Shape&, std::int32_t*, const Shape&);
template void sum_to<std::int64_t>(const std::int64_t*, const Shape&, std::int64_t*, const Shape&);

}  // namespace xtape::kernels
