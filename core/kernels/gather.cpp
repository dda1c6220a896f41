#include <algorithm>

#include <xtape/core/kernels/gather.hpp>

namespace xtape::kernels {

template <class T>
void gather(const T* x, const std::int64_t* indices, T* y, const GatherSizes& s) {
  for (Index b = 0; b < s.batch; ++b, indices += s.count)
    for (Index o = 0; o < s.outer; ++o, x += s.length * s.inner)
      if (s.inner == 1) {
        for (Index i = 0; i < s.count; ++i) *y++ = x[indices[i]];
      } else {
        for (Index i = 0; i < s.count; ++i) y = std::copy_n(x + indices[i] * s.inner, s.inner, y);
      }
}

template <class T>
void scatter_add(const T* y, const std::int64_t* indices, T* x, const GatherSizes& s) {
  for (Index b = 0; b < s.batch; ++b, indices += s.count)
    for (Index o = 0; o < s.outer; ++o, x += s.length * s.inner)
      for (Index i = 0; i < s.count; ++i, y += s.inner) {
        T* to = x + indices[i] * s.inner;
        for (Index n = 0; n < s.inner; ++n) to[n] = static_cast<T>(to[n] + y[n]);
      }
}

template void gather<float>(const float*, const std::int64_t*, float*, const GatherSizes&);
template void gather<double>(const double*, const std::int64_t*, double*, const GatherSizes&);
template void gather<std::int32_t>(
    const std::int32_t*, const std::int64_t*, std::int32_t*, const GatherSizes&);
template void gather<std::int64_t>(
    const std::int64_t*, const std::int64_t*, std::int64_t*, const GatherSizes&);
template void gather<bool>(const bool*, const std::int64_t*, bool*, const GatherSizes&);
template void scatter_add<float>(const float*, const std::int64_t*, float*, const GatherSizes&);
template void scatter_add<double>(const double*, const std::int64_t*, double*, const GatherSizes&);
template void scatter_add<std::int32_t>(
    const std::int32_t*, const std::int64_t*, std::int32_t*, const GatherSizes&);
template void scatter_add<std::int64_t>(
    const std::int64_t*, const std::int64_t*, std::int64_t*, const GatherSizes&);

}  // namespace xtape::kernels
