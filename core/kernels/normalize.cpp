#include <vector>

#include <xtape/core/kernels/normalize.hpp>
#include <xtape/core/kernels/reduce_loops.hpp>

namespace xtape::kernels {
namespace {

/// One number a column, as often as rows are taken at once, so that loops can run over several narrow rows.
template <class T>
class ColumnValues {
 public:
  template <class F>
  ColumnValues(const NormalizeSizes& sizes, const F& value_of_column) {
    const Index at_once = rows_at_once(sizes.rows, sizes.columns);
    values_.reserve(static_cast<std::size_t>(at_once * sizes.columns));
    for (Index r = 0; r < at_once; ++r)
      for (Index c = 0; c < sizes.columns; ++c) values_.push_back(value_of_column(c));
  }
  const T* data() const { return values_.data(); }

 private:
  std::vector<T> values_;
};

template <class T>
ColumnValues<T> repeated(const T* values, T without, const NormalizeSizes& sizes) {
  return ColumnValues<T>(sizes, [=](Index c) { return values ? values[c] : without; });
}

/// y[i] = f(i, c) for every entry i = r * columns + c; c runs on as in reduce_rows.
template <class T, class F>
void fill_rows(T* __restrict y, const NormalizeSizes& s, const F& f) {
  const Index at_once = rows_at_once(s.rows, s.columns), width = at_once * s.columns;
  Index r = 0, i = 0;
  for (; r + at_once <= s.rows; r += at_once, i += width)
    for (Index k = 0; k < width; ++k) y[i + k] = f(i + k, k);
  for (; r < s.rows; ++r, i += s.columns)
    for (Index k = 0; k < s.columns; ++k) y[i + k] = f(i + k, k);
}

/// sums[c] = the sum of at(i, c) over each column.
template <class T, class At>
std::vector<T> column_sums(const NormalizeSizes& s, const At& at) {
  std::vector<T> sums(static_cast<std::size_t>(s.columns));
  reduce_rows<Sum>(s.rows, s.columns, sums.data(), at);
  return sums;
}

template <class T>
T mean_of(T sum, const NormalizeSizes& s) {
  return sum / static_cast<T>(s.length());
}

template <class T>
void moments_of_rows(const T* x, T* mean, T* variance, const NormalizeSizes& s) {
  for (Index r = 0; r < s.rows; ++r) {
    const Index first = r * s.columns;
    mean[r] =
        s.centered ? mean_of(reduce_run<Sum, T>(first, s.columns, [x](Index i) { return x[i]; }), s) : T{};
    const auto squared = [x, m = mean[r]](Index i) { return (x[i] - m) * (x[i] - m); };
    variance[r] = mean_of(reduce_run<Sum, T>(first, s.columns, squared), s);
  }
}

template <class T>
void moments_of_columns(const T* x, T* mean, T* variance, const NormalizeSizes& s) {
  std::fill_n(mean, s.columns, T{});
  if (s.centered) {
    const auto sums = column_sums<T>(s, [x](Index i, Index) { return x[i]; });
    for (Index c = 0; c < s.columns; ++c) mean[c] = mean_of(sums[c], s);
  }
  const auto means = repeated<T>(mean, 0, s);
  const auto squares =
      column_sums<T>(s, [x, m = means.data()](Index i, Index c) { return (x[i] - m[c]) * (x[i] - m[c]); });
  for (Index c = 0; c < s.columns; ++c) variance[c] = mean_of(squares[c], s);
}

template <class T>
void normalize_rows(const T* x, const Standard<T>& z, const T* scale, const T* offset, T* __restrict y,
    const NormalizeSizes& s) {
  for (Index r = 0, i = 0; r < s.rows; ++r)
    for (Index c = 0; c < s.columns; ++c, ++i)
      y[i] = (x[i] - z.mean[r]) * z.inverse_deviation[r] * scale[c] + offset[c];
}

template <class T>
void normalize_rows_grad(
    const T* g, const T* x, const Standard<T>& z, const T* scale, T* __restrict u, const NormalizeSizes& s) {
  for (Index r = 0; r < s.rows; ++r) {
    const T *const g_r = g + r * s.columns, *const x_r = x + r * s.columns;
    T* const u_r = u + r * s.columns;
    const T m = z.mean[r], d = z.inverse_deviation[r];
    const auto h = [=](Index c) { return g_r[c] * scale[c]; };
    const auto hz = [=](Index c) { return g_r[c] * scale[c] * ((x_r[c] - m) * d); };
    const T mean_h = s.centered ? mean_of(reduce_run<Sum, T>(0, s.columns, h), s) : T{};
    const T mean_hz = mean_of(reduce_run<Sum, T>(0, s.columns, hz), s);
    for (Index c = 0; c < s.columns; ++c) u_r[c] = d * (h(c) - mean_h - (x_r[c] - m) * (d * mean_hz));
  }
}

template <class T>
void scale_grad_of_rows(const T* g, const T* x, const Standard<T>& z, T* sums, const NormalizeSizes& s) {
  constexpr Index block =
      128;  // of rows, added up by themselves, so that the round-off of long sums stays small
  std::vector<T> part(static_cast<std::size_t>(s.columns));
  for (Index r = 0, i = 0; r < s.rows;) {
    std::fill(part.begin(), part.end(), T{});
    for (const Index stop = std::min(s.rows, r + block); r < stop; ++r)
      for (Index c = 0; c < s.columns; ++c, ++i)
        part[c] += g[i] * ((x[i] - z.mean[r]) * z.inverse_deviation[r]);
    for (Index c = 0; c < s.columns; ++c) sums[c] += part[c];
  }
}

template <class T>
void normalize_columns_grad(
    const T* g, const T* x, const Standard<T>& z, const T* scale, T* u, const NormalizeSizes& s) {
  const auto means = repeated<T>(z.mean, 0, s), deviations = repeated<T>(z.inverse_deviation, 1, s);
  const T *const m = means.data(), *const d = deviations.data();
  const auto sum_g = s.centered ? column_sums<T>(s, [=](Index i, Index) { return g[i]; })
                                : std::vector<T>(static_cast<std::size_t>(s.columns));
  const auto sum_gz = column_sums<T>(s, [=](Index i, Index c) { return g[i] * ((x[i] - m[c]) * d[c]); });
  // u = a g - b - k (x - mean), with the scale inside a, b and k
  const auto times = [&](Index c) { return (scale ? scale[c] : T{1}) * z.inverse_deviation[c]; };
  const ColumnValues<T> as(s, times), bs(s, [&](Index c) { return times(c) * mean_of(sum_g[c], s); }),
      ks(s, [&](Index c) { return times(c) * z.inverse_deviation[c] * mean_of(sum_gz[c], s); });
  const auto f = [=, a = as.data(), b = bs.data(), k = ks.data()](
                     Index i, Index c) { return a[c] * g[i] - b[c] - k[c] * (x[i] - m[c]); };
  fill_rows(u, s, f);
}

}  // namespace

template <class T>
void moments(const T* x, T* mean, T* variance, const NormalizeSizes& s) {
  s.of_rows ? moments_of_rows(x, mean, variance, s) : moments_of_columns(x, mean, variance, s);
}

template <class T>
void normalize(
    const T* x, const Standard<T>& z, const T* scale, const T* offset, T* y, const NormalizeSizes& s) {
  const auto scales = repeated<T>(scale, 1, s), offsets = repeated<T>(offset, 0, s);
  if (s.of_rows) return normalize_rows(x, z, scales.data(), offsets.data(), y, s);
  const ColumnValues<T> means = repeated<T>(z.mean, 0, s),
                        factors(s, [&](Index c) { return z.inverse_deviation[c] * scales.data()[c]; });
  const auto f = [x, m = means.data(), a = factors.data(), b = offsets.data()](
                     Index i, Index c) { return (x[i] - m[c]) * a[c] + b[c]; };
  fill_rows(y, s, f);
}

template <class T>
void normalize_grad(
    const T* g, const T* x, const Standard<T>& z, const T* scale, T* u, const NormalizeSizes& s) {
  if (s.of_rows) return normalize_rows_grad(g, x, z, repeated<T>(scale, 1, s).data(), u, s);
  normalize_columns_grad(g, x, z, scale, u, s);
}

template <class T>
void normalize_scale_grad(const T* g, const T* x, const Standard<T>& z, T* sums, const NormalizeSizes& s) {
  std::fill_n(sums, s.columns, T{});
  if (s.of_rows) return scale_grad_of_rows(g, x, z, sums, s);
  const auto means = repeated<T>(z.mean, 0, s), deviations = repeated<T>(z.inverse_deviation, 1, s);
  reduce_rows<Sum>(s.rows, s.columns, sums, [=, m = means.data(), d = deviations.data()](Index i, Index c) {
    return g[i] * ((x[i] - m[c]) * d[c]);
  });
}

template void moments(const float*, float*, float*, const NormalizeSizes&);
template void moments(const double*, double*, double*, const NormalizeSizes&);
template void normalize(
    const float*, const Standard<float>&, const float*, const float*, float*, const NormalizeSizes&);
template void normalize(
    const double*, const Standard<double>&, const double*, const double*, double*, const NormalizeSizes&);
template void normalize_grad(
    const float*, const float*, const Standard<float>&, const float*, float*, const NormalizeSizes&);
template void normalize_grad(
    const double*, const double*, const Standard<double>&, const double*, double*, const NormalizeSizes&);
template void normalize_scale_grad(
    const float*, const float*, const Standard<float>&, float*, const NormalizeSizes&);
template void normalize_scale_grad(
    const double*, const double*, const Standard<double>&, double*, const NormalizeSizes&);

}  // namespace xtape::kernels
