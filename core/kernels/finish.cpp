#include <xtape/core/kernels/finish.hpp>

namespace xtape::kernels {
namespace {

template <class T, class F>
void for_each_row(T* y, Index rows, Index columns, F f) {
  for (Index row = 0; row < rows; ++row, y += columns)
    for (Index j = 0; j < columns; ++j) y[j] = f(y[j], j);
}

}  // namespace

template <class T>
void apply(const Finish<T>& finish, T* y, Index rows, Index columns) {
  const T* const __restrict bias = finish.bias;
  const auto positive_part = [](T v) { return v <= T(0) ? T(0) : v; };
  if (bias != nullptr && finish.relu) {
    for_each_row(y, rows, columns, [=](T v, Index j) { return positive_part(v + bias[j]); });
  } else if (bias != nullptr) {
    for_each_row(y, rows, columns, [=](T v, Index j) { return v + bias[j]; });
  } else if (finish.relu) {
    for_each_row(y, 1, rows * columns, [=](T v, Index) { return positive_part(v); });
  }
}

template void apply(const Finish<float>&, float*, Index, Index);
template void apply(const Finish<double>&, double*, Index, Index);

}  // namespace xtape::kernels
