#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <xtape/core/kernels/math.hpp>
#include <xtape/core/kernels/softmax.hpp>

// Every loop runs along `inner` innermost, where memory is contiguous; when inner is 1 the rows are. Exponentials are taken
// of many rows at once, so that short rows are as fast as long ones.

namespace xtape::kernels {
namespace {

// Blocks of the outer axis that together fill the first cache.
template <class T>
Index blocks_at_once(Index block) {
  return std::max<Index>(1, 16384 / static_cast<Index>(sizeof(T)) / std::max<Index>(block, 1));
}

// f(0) and f(1) and ... in some order, under an operation that takes two. Running results side by side let the compiler
// use vectors.
template <class T, class F, class Operation>
T reduce_row(Index length, F f, T start, Operation operation) {
  constexpr Index lanes = 8;
  std::array<T, lanes> part;
  part.fill(start);
  Index k = 0;
  for (; k + lanes <= length; k += lanes)
    for (Index j = 0; j < lanes; ++j)
      part[static_cast<std::size_t>(j)] = operation(part[static_cast<std::size_t>(j)], f(k + j));
  for (Index j = 0; k + j < length; ++j)
    part[static_cast<std::size_t>(j)] = operation(part[static_cast<std::size_t>(j)], f(k + j));
  for (Index half = lanes / 2; half > 0; half /= 2)
    for (Index j = 0; j < half; ++j)
      part[static_cast<std::size_t>(j)] =
          operation(part[static_cast<std::size_t>(j)], part[static_cast<std::size_t>(j + half)]);
  return part[0];
}

// y = x - the largest x, for one block. (Where x holds NaN all y become NaN later, by the sum.)
template <class T>
void subtract_largest(const T* x, T* y, Index length, Index inner, std::vector<T>& largest) {
  const auto larger = [](T a, T b) { return a > b ? a : b; };
  if (inner == 1) {
    const T m = reduce_row(
        length, [x](Index i) { return x[i]; }, x[0], larger);
    for (Index k = 0; k < length; ++k) y[k] = x[k] - m;
    return;
  }
  std::copy_n(x, inner, largest.begin());
  for (Index k = 1; k < length; ++k)
    for (Index i = 0; i < inner; ++i) {
      T& m = largest[static_cast<std::size_t>(i)];
      m = larger(x[k * inner + i], m);
    }
  for (Index k = 0; k < length; ++k)
    for (Index i = 0; i < inner; ++i)
      y[k * inner + i] = x[k * inner + i] - largest[static_cast<std::size_t>(i)];
}

// total[i] = the sum over k of f(k * inner + i), for one block.
template <class T, class F>
void sum_along(Index length, Index inner, std::vector<T>& total, F f) {
  if (inner == 1) {
    total[0] = reduce_row(length, f, T(0), [](T a, T b) { return a + b; });
    return;
  }
  std::fill(total.begin(), total.end(), T(0));
  for (Index k = 0; k < length; ++k)
    for (Index i = 0; i < inner; ++i) total[static_cast<std::size_t>(i)] += f(k * inner + i);
}

// y *= factor[i] or y -= term[i] along a block, one number for each place beside the axis.
template <class T, class Operation>
void along(T* y, Index length, Index inner, const std::vector<T>& beside, Operation operation) {
  if (inner == 1) {
    const T v = beside[0];
    for (Index k = 0; k < length; ++k) y[k] = operation(y[k], v);
    return;
  }
  for (Index k = 0; k < length; ++k)
    for (Index i = 0; i < inner; ++i)
      y[k * inner + i] = operation(y[k * inner + i], beside[static_cast<std::size_t>(i)]);
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, Index outer, Index length, Index inner) {
  const Index block = length * inner;
  if (block == 0) return;
  std::vector<T> work(static_cast<std::size_t>(inner));
  const Index step = blocks_at_once<T>(block);
  for (Index first = 0; first < outer; first += step) {
    const Index last = std::min(first + step, outer);
    for (Index o = first; o < last; ++o) subtract_largest(x + o * block, y + o * block, length, inner, work);
    function(Op::exp, y + first * block, y + first * block, (last - first) * block);
    for (Index o = first; o < last; ++o) {
      T* row = y + o * block;
      sum_along(length, inner, work, [row](Index i) { return row[i]; });
      for (T& sum : work) sum = 1 / sum;
      along(row, length, inner, work, [](T v, T factor) { return v * factor; });
    }
  }
}

template <class T>
void log_softmax(const T* x, T* y, Index outer, Index length, Index inner) {
  const Index block = length * inner;
  if (block == 0) return;
  std::vector<T> work(static_cast<std::size_t>(inner));
  const Index step = std::min(blocks_at_once<T>(block), outer);
  std::vector<T> exponentials(static_cast<std::size_t>(step * block));
  for (Index first = 0; first < outer; first += step) {
    const Index last = std::min(first + step, outer);
    for (Index o = first; o < last; ++o) subtract_largest(x + o * block, y + o * block, length, inner, work);
    function(Op::exp, y + first * block, exponentials.data(), (last - first) * block);
    for (Index o = first; o < last; ++o) {
      const T* e = exponentials.data() + (o - first) * block;
      sum_along(length, inner, work, [e](Index i) { return e[i]; });
      for (T& sum : work) sum = std::log(sum);
      along(y + o * block, length, inner, work, [](T v, T logarithm) { return v - logarithm; });
    }
  }
}

template <class T>
void softmax_grad(const T* g, const T* y, T* u, Index outer, Index length, Index inner) {
  const Index block = length * inner;
  if (block == 0) return;
  std::vector<T> work(static_cast<std::size_t>(inner));
  for (Index o = 0; o < outer; ++o, g += block, y += block, u += block) {
    sum_along(length, inner, work, [=](Index i) { return g[i] * y[i]; });
    if (inner == 1) {
      const T total = work[0];
      for (Index k = 0; k < length; ++k) u[k] = y[k] * (g[k] - total);
      continue;
    }
    for (Index k = 0; k < length; ++k)
      for (Index i = 0; i < inner; ++i)
        u[k * inner + i] = y[k * inner + i] * (g[k * inner + i] - work[static_cast<std::size_t>(i)]);
  }
}

template <class T>
void sparsemax(const T* x, T* y, Index outer, Index length, Index inner) {
  std::vector<T> sorted(static_cast<std::size_t>(length));
  for (Index row = 0; row < outer * inner && length > 0; ++row) {
    const Index start = row / inner * length * inner + row % inner;
    T largest = x[start];
    for (Index k = 0; k < length; ++k) largest = std::max(largest, x[start + k * inner]);
    bool has_nan = false;
    for (Index k = 0; k < length; ++k) {
      const T shifted = x[start + k * inner] - largest;
      has_nan = has_nan || std::isnan(shifted);
      sorted[static_cast<std::size_t>(k)] = shifted;
    }
    if (has_nan) {  // cannot be sorted
      for (Index k = 0; k < length; ++k) y[start + k * inner] = std::numeric_limits<T>::quiet_NaN();
      continue;
    }
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    // The support is the longest beginning whose numbers stay above the threshold that it gives.
    T sum = 0, threshold = 0;
    for (std::size_t k = 0; k < sorted.size(); ++k) {
      sum += sorted[k];
      const T candidate = (sum - 1) / static_cast<T>(k + 1);
      if (sorted[k] <= candidate) break;
      threshold = candidate;
    }
    for (Index k = 0; k < length; ++k)
      y[start + k * inner] = std::max(x[start + k * inner] - largest - threshold, T(0));
  }
}

template <class T>
void sparsemax_grad(const T* g, const T* y, T* u, Index outer, Index length, Index inner) {
  for (Index row = 0; row < outer * inner; ++row) {
    const Index start = length == 0 ? 0 : row / inner * length * inner + row % inner;
    T sum = 0, support = 0;
    for (Index k = 0; k < length; ++k) {
      const bool chosen = y[start + k * inner] > 0;
      sum += chosen ? g[start + k * inner] : 0;
      support += chosen ? 1 : 0;
    }
    const T mean = support > 0 ? sum / support : 0;
    for (Index k = 0; k < length; ++k)
      u[start + k * inner] = y[start + k * inner] > 0 ? g[start + k * inner] - mean : 0;
  }
}

template void softmax(const float*, float*, Index, Index, Index);
template void softmax(const double*, double*, Index, Index, Index);
template void log_softmax(const float*, float*, Index, Index, Index);
template void log_softmax(const double*, double*, Index, Index, Index);
template void softmax_grad(const float*, const float*, float*, Index, Index, Index);
template void softmax_grad(const double*, const double*, double*, Index, Index, Index);
template void sparsemax(const float*, float*, Index, Index, Index);
template void sparsemax(const double*, double*, Index, Index, Index);
template void sparsemax_grad(const float*, const float*, float*, Index, Index, Index);
template void sparsemax_grad(const double*, const double*, double*, Index, Index, Index);

}  // namespace xtape::kernels
