#include <algorithm>
#include <cmath>

#include <xtape/core/kernels/adaptive_updates.hpp>

namespace xtape::kernels {

template <class T>
void rmsprop(T* w, T* v, T* mean, T* m, const T* g, Index n, const RmspropRule& rule) {
  const T r = static_cast<T>(rule.rate), keep = static_cast<T>(rule.rho), rest = static_cast<T>(1 - rule.rho),
          u = static_cast<T>(rule.momentum), e = static_cast<T>(rule.epsilon);
  if (!mean && !m) {  // the common case, free of branches
    for (Index i = 0; i < n; ++i) {
      v[i] = keep * v[i] + rest * g[i] * g[i];
      w[i] -= r * g[i] / std::sqrt(v[i] + e);
    }
    return;
  }
  for (Index i = 0; i < n; ++i) {
    v[i] = keep * v[i] + rest * g[i] * g[i];
    T root = v[i] + e;
    if (mean) {
      mean[i] = keep * mean[i] + rest * g[i];
      root -= mean[i] * mean[i];
    }
    T step = r * g[i] / std::sqrt(root);
    if (m) step = m[i] = u * m[i] + step;
    w[i] -= step;
  }
}

template <class T>
void adadelta(T* w, T* a, T* d, const T* g, Index n, double rate, double rho, double epsilon) {
  const T r = static_cast<T>(rate), keep = static_cast<T>(rho), rest = static_cast<T>(1 - rho),
          e = static_cast<T>(epsilon);
  for (Index i = 0; i < n; ++i) {
    a[i] = keep * a[i] + rest * g[i] * g[i];
    const T step = std::sqrt(d[i] + e) / std::sqrt(a[i] + e) * g[i];
    d[i] = keep * d[i] + rest * step * step;
    w[i] -= r * step;
  }
}

template <class T>
void adagrad(T* w, T* a, const T* g, Index n, double rate, double epsilon) {
  const T r = static_cast<T>(rate), e = static_cast<T>(epsilon);
  for (Index i = 0; i < n; ++i) {
    a[i] += g[i] * g[i];
    w[i] -= r * g[i] / std::sqrt(a[i] + e);
  }
}

template <class T>
void adamax(
    T* w, T* m, T* u, const T* g, Index n, double rate, double beta_1, double beta_2, double epsilon) {
  const T r = static_cast<T>(rate), a = static_cast<T>(1 - beta_1), keep = static_cast<T>(beta_2),
          e = static_cast<T>(epsilon);
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * a;
    u[i] = std::max(keep * u[i], std::abs(g[i]));
    w[i] -= r * m[i] / (u[i] + e);
  }
}

template <class T>
void nadam(T* w, T* m, T* v, const T* g, Index n, const NadamRule& rule) {
  const T r = static_cast<T>(rule.rate), a = static_cast<T>(1 - rule.beta_1),
          b = static_cast<T>(1 - rule.beta_2), e = static_cast<T>(rule.epsilon),
          of_m = static_cast<T>(rule.share_of_m), of_g = static_cast<T>(rule.share_of_g),
          correction = static_cast<T>(rule.v_correction);
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * a;
    v[i] += (g[i] * g[i] - v[i]) * b;
    w[i] -= r * (of_m * m[i] + of_g * g[i]) / (std::sqrt(v[i] / correction) + e);
  }
}

template <class T>
void ftrl(T* w, T* a, T* z, const T* g, Index n, const FtrlRule& rule) {
  const T r = static_cast<T>(rule.rate), p = static_cast<T>(rule.power), l1 = static_cast<T>(rule.l1),
          l2 = static_cast<T>(2 * rule.l2), shrinkage = static_cast<T>(2 * rule.l2_shrinkage);
  for (Index i = 0; i < n; ++i) {
    const T before = std::pow(a[i], p);
    a[i] += g[i] * g[i];
    const T after = std::pow(a[i], p);
    z[i] += g[i] + shrinkage * w[i] - (after - before) / r * w[i];
    w[i] = (std::clamp(z[i], -l1, l1) - z[i]) / (after / r + l2);
  }
}

template <class T>
void lion(T* w, T* m, const T* g, Index n, double rate, double beta_1, double beta_2) {
  const T r = static_cast<T>(rate), a = static_cast<T>(beta_1), a_rest = static_cast<T>(1 - beta_1),
          b = static_cast<T>(beta_2), b_rest = static_cast<T>(1 - beta_2);
  for (Index i = 0; i < n; ++i) {
    const T direction = a * m[i] + a_rest * g[i];
    const T sign = static_cast<T>(direction > 0) - static_cast<T>(direction < 0);
    w[i] -= r * (direction == direction ? sign : direction);  // NaN stays NaN
    m[i] = b * m[i] + b_rest * g[i];
  }
}

template <class T>
void schedule_free(T* w, T* z, T* v, const T* g, Index n, const ScheduleFreeRule& rule) {
  const T r = static_cast<T>(rule.rate), a = static_cast<T>(rule.beta_1),
          a_rest = static_cast<T>(1 - rule.beta_1), b = static_cast<T>(1 - rule.beta_2),
          e = static_cast<T>(rule.epsilon), correction = static_cast<T>(rule.v_correction),
          weight = static_cast<T>(rule.weight), weight_rest = static_cast<T>(1 - rule.weight);
  for (Index i = 0; i < n; ++i) {
    const T x = (w[i] - a_rest * z[i]) / a;
    v[i] += (g[i] * g[i] - v[i]) * b;
    z[i] -= r * g[i] / (std::sqrt(v[i] / correction) + e);
    w[i] = a_rest * z[i] + a * (weight_rest * x + weight * z[i]);
  }
}

template <class T>
void lamb_step(T* step, T* m, T* v, const T* g, Index n, const LambRule& rule) {
  const T a = static_cast<T>(1 - rule.beta_1), b = static_cast<T>(1 - rule.beta_2),
          e = static_cast<T>(rule.epsilon), m_correction = static_cast<T>(rule.m_correction),
          v_correction = static_cast<T>(rule.v_correction);
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * a;
    v[i] += (g[i] * g[i] - v[i]) * b;
    step[i] = m[i] / m_correction / (std::sqrt(v[i] / v_correction) + e);
  }
}

template void rmsprop(float*, float*, float*, float*, const float*, Index, const RmspropRule&);
template void rmsprop(double*, double*, double*, double*, const double*, Index, const RmspropRule&);
template void adadelta(float*, float*, float*, const float*, Index, double, double, double);
template void adadelta(double*, double*, double*, const double*, Index, double, double, double);
template void adagrad(float*, float*, const float*, Index, double, double);
template void adagrad(double*, double*, const double*, Index, double, double);
template void adamax(float*, float*, float*, const float*, Index, double, double, double, double);
template void adamax(double*, double*, double*, const double*, Index, double, double, double, double);
template void nadam(float*, float*, float*, const float*, Index, const NadamRule&);
template void nadam(double*, double*, double*, const double*, Index, const NadamRule&);
template void ftrl(float*, float*, float*, const float*, Index, const FtrlRule&);
template void ftrl(double*, double*, double*, const double*, Index, const FtrlRule&);
template void lion(float*, float*, const float*, Index, double, double, double);
template void lion(double*, double*, const double*, Index, double, double, double);
template void schedule_free(float*, float*, float*, const float*, Index, const ScheduleFreeRule&);
template void schedule_free(double*, double*, double*, const double*, Index, const ScheduleFreeRule&);
template void lamb_step(float*, float*, float*, const float*, Index, const LambRule&);
template void lamb_step(double*, double*, double*, const double*, Index, const LambRule&);

}  // namespace xtape::kernels
