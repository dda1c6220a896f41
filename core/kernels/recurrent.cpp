#include <xtape/core/kernels/math.hpp>
#include <xtape/core/kernels/recurrent.hpp>

namespace xtape::kernels {
namespace {

/// d tanh and d sigmoid, from their values.
template <class T>
T tanh_slope(T t) {
  return 1 - t * t;
}
template <class T>
T sigmoid_slope(T s) {
  return s * (1 - s);
}

}  // namespace

template <class T>
void lstm_carry(const T* sums, const T* c, T* gates, T* y, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, sums += 4 * u, c += u, gates += 3 * u, y += u) {
    function(Op::sigmoid, sums, gates, 2 * u);
    function(Op::tanh, sums + 2 * u, gates + 2 * u, u);
    const T *i = gates, *f = gates + u, *t = gates + 2 * u;
    for (Index j = 0; j < u; ++j) y[j] = f[j] * c[j] + i[j] * t[j];
  }
}

template <class T>
void lstm_carry_grad_sums(const T* g, const T* gates, const T* c, T* d_sums, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 3 * u, c += u, d_sums += 4 * u) {
    const T *i = gates, *f = gates + u, *t = gates + 2 * u;
    T *di = d_sums, *df = d_sums + u, *dt = d_sums + 2 * u;
    for (Index j = 0; j < u; ++j) di[j] += g[j] * t[j] * sigmoid_slope(i[j]);
    for (Index j = 0; j < u; ++j) df[j] += g[j] * c[j] * sigmoid_slope(f[j]);
    for (Index j = 0; j < u; ++j) dt[j] += g[j] * i[j] * tanh_slope(t[j]);
  }
}

template <class T>
void lstm_carry_grad_c(const T* g, const T* gates, T* dc, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 3 * u, dc += u) {
    const T* f = gates + u;
    for (Index j = 0; j < u; ++j) dc[j] += g[j] * f[j];
  }
}

template <class T>
void lstm_output(const T* sums, const T* c, T* gates, T* y, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, sums += 4 * u, c += u, gates += 2 * u, y += u) {
    function(Op::tanh, c, gates, u);
    function(Op::sigmoid, sums + 3 * u, gates + u, u);
    const T *t = gates, *o = gates + u;
    for (Index j = 0; j < u; ++j) y[j] = o[j] * t[j];
  }
}

template <class T>
void lstm_output_grad_sums(const T* g, const T* gates, T* d_sums, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 2 * u, d_sums += 4 * u) {
    const T *t = gates, *o = gates + u;
    T* d_o = d_sums + 3 * u;
    for (Index j = 0; j < u; ++j) d_o[j] += g[j] * t[j] * sigmoid_slope(o[j]);
  }
}

template <class T>
void lstm_output_grad_c(const T* g, const T* gates, T* dc, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 2 * u, dc += u) {
    const T *t = gates, *o = gates + u;
    for (Index j = 0; j < u; ++j) dc[j] += g[j] * o[j] * tanh_slope(t[j]);
  }
}

template <class T>
void gru_output(const T* x, const T* m, const T* h, T* gates, T* y, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, x += 3 * u, m += 3 * u, h += u, gates += 3 * u, y += u) {
    T *z = gates, *r = gates + u, *t = gates + 2 * u;
    for (Index j = 0; j < 2 * u; ++j) gates[j] = x[j] + m[j];
    function(Op::sigmoid, gates, gates, 2 * u);
    for (Index j = 0; j < u; ++j) t[j] = x[2 * u + j] + r[j] * m[2 * u + j];
    function(Op::tanh, t, t, u);
    for (Index j = 0; j < u; ++j) y[j] = z[j] * h[j] + (1 - z[j]) * t[j];
  }
}

namespace {

/// The gradients of the three sums, which are those of x; and of m, with a factor r in the last.
template <bool of_memory, class T>
void gru_sums(const T* g, const T* gates, const T* m, const T* h, T* d, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 3 * u, m += 3 * u, h += u, d += 3 * u) {
    const T *z = gates, *r = gates + u, *t = gates + 2 * u;
    T *dz = d, *dr = d + u, *dt = d + 2 * u;
    const auto slope = [=](Index j) { return g[j] * (1 - z[j]) * tanh_slope(t[j]); };
    for (Index j = 0; j < u; ++j) dz[j] += g[j] * (h[j] - t[j]) * sigmoid_slope(z[j]);
    for (Index j = 0; j < u; ++j) dr[j] += slope(j) * m[2 * u + j] * sigmoid_slope(r[j]);
    for (Index j = 0; j < u; ++j) dt[j] += of_memory ? slope(j) * r[j] : slope(j);
  }
}

}  // namespace

template <class T>
void gru_output_grad_x(const T* g, const T* gates, const T* m, const T* h, T* dx, CellSizes sizes) {
  gru_sums<false>(g, gates, m, h, dx, sizes);
}
template <class T>
void gru_output_grad_m(const T* g, const T* gates, const T* m, const T* h, T* dm, CellSizes sizes) {
  gru_sums<true>(g, gates, m, h, dm, sizes);
}

template <class T>
void gru_output_grad_h(const T* g, const T* gates, T* dh, CellSizes sizes) {
  const Index u = sizes.units;
  for (Index row = 0; row < sizes.batch; ++row, g += u, gates += 3 * u, dh += u) {
    const T* z = gates;
    for (Index j = 0; j < u; ++j) dh[j] += g[j] * z[j];
  }
}

template void lstm_carry(const float*, const float*, float*, float*, CellSizes);
template void lstm_carry(const double*, const double*, double*, double*, CellSizes);
template void lstm_carry_grad_sums(const float*, const float*, const float*, float*, CellSizes);
template void lstm_carry_grad_sums(const double*, const double*, const double*, double*, CellSizes);
template void lstm_carry_grad_c(const float*, const float*, float*, CellSizes);
template void lstm_carry_grad_c(const double*, const double*, double*, CellSizes);
template void lstm_output(const float*, const float*, float*, float*, CellSizes);
template void lstm_output(const double*, const double*, double*, double*, CellSizes);
template void lstm_output_grad_sums(const float*, const float*, float*, CellSizes);
template void lstm_output_grad_sums(const double*, const double*, double*, CellSizes);
template void lstm_output_grad_c(const float*, const float*, float*, CellSizes);
template void lstm_output_grad_c(const double*, const double*, double*, CellSizes);
template void gru_output(const float*, const float*, const float*, float*, float*, CellSizes);
template void gru_output(const double*, const double*, const double*, double*, double*, CellSizes);
template void gru_output_grad_x(const float*, const float*, const float*, const float*, float*, CellSizes);
template void gru_output_grad_x(
    const double*, const double*, const double*, const double*, double*, CellSizes);
template void gru_output_grad_m(const float*, const float*, const float*, const float*, float*, CellSizes);
template void gru_output_grad_m(
    const double*, const double*, const double*, const double*, double*, CellSizes);
template void gru_output_grad_h(const float*, const float*, float*, CellSizes);
template void gru_output_grad_h(const double*, const double*, double*, CellSizes);

}  // namespace xtape::kernels
