#include <algorithm>
#include <array>
#include <cmath>

#include <xtape/core/kernels/updates.hpp>

namespace xtape::kernels {

template <class T>
void sgd(T* w, const T* g, Index n, double rate) {
  const T r = static_cast<T>(rate);
  for (Index i = 0; i < n; ++i) w[i] -= r * g[i];
}

template <class T>
void sgd_momentum(T* w, T* m, const T* g, Index n, double rate, double momentum, bool nesterov) {
  const T r = static_cast<T>(rate), u = static_cast<T>(momentum);
  for (Index i = 0; i < n; ++i) {
    m[i] = u * m[i] - r * g[i];
    w[i] += nesterov ? u * m[i] - r * g[i] : m[i];
  }
}

template <class T>
void adam(T* w, T* m, T* v, T* v_max, const T* g, Index n, double rate, double beta_1, double beta_2,
    double epsilon) {
  const T r = static_cast<T>(rate), a = static_cast<T>(1 - beta_1), b = static_cast<T>(1 - beta_2),
          e = static_cast<T>(epsilon);
  if (v_max) {
    for (Index i = 0; i < n; ++i) {
      m[i] += (g[i] - m[i]) * a;
      v[i] += (g[i] * g[i] - v[i]) * b;
      v_max[i] = std::max(v_max[i], v[i]);
      w[i] -= r * m[i] / (std::sqrt(v_max[i]) + e);
    }
    return;
  }
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * a;
    v[i] += (g[i] * g[i] - v[i]) * b;
    w[i] -= r * m[i] / (std::sqrt(v[i]) + e);
  }
}

template <class T>
void scale(T* w, Index n, double factor) {
  const T f = static_cast<T>(factor);
  for (Index i = 0; i < n; ++i) w[i] *= f;
}

template <class T>
void moving_average(T* average, const T* w, Index n, double momentum) {
  const T u = static_cast<T>(momentum), rest = static_cast<T>(1 - momentum);
  for (Index i = 0; i < n; ++i) average[i] = u * average[i] + rest * w[i];
}

template <class T>
double sum_of_squares(const T* x, Index n) {
  std::array<double, 8> part{};
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) {
      const double v = static_cast<double>(x[i + static_cast<Index>(k)]);
      part[k] += v * v;
    }
  double total = 0;
  for (; i < n; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  for (const double p : part) total += p;
  return total;
}

template void sgd<float>(float*, const float*, Index, double);
template void sgd<double>(double*, const double*, Index, double);
template void sgd_momentum<float>(float*, float*, const float*, Index, double, double, bool);
template void sgd_momentum<double>(double*, double*, const double*, Index, double, double, bool);
template void adam<float>(
    float*, float*, float*, float*, const float*, Index, double, double, double, double);
template void adam<double>(
    double*, double*, double*, double*, const double*, Index, double, double, double, double);
template void scale<float>(float*, Index, double);
template void scale<double>(double*, Index, double);
template void moving_average<float>(float*, const float*, Index, double);
template void moving_average<double>(double*, const double*, Index, double);
template double sum_of_squares<float>(const float*, Index);
template double sum_of_squares<double>(const double*, Index);

}  // namespace xtape::kernels
