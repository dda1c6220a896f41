#include <algorithm>
#include <array>

#include <xtape/core/kernels/pooling.hpp>

namespace xtape::kernels {
namespace {

/// Calls body(x, y, count) for every window: where its first step and its y stand, and how many steps it has.
template <class Body>
void for_each_window(const PoolSizes& s, Body body) {
  for (Index n = 0; n < s.batch; ++n)
    for (Index t = 0; t < s.y_steps; ++t) {
      const Index start = t * s.strides - s.left;
      const Index first = std::max<Index>(0, start), last = std::min(s.x_steps, start + s.pool_size);
      body((n * s.x_steps + first) * s.channels, (n * s.y_steps + t) * s.channels, last - first);
    }
}

constexpr Index block =
    128;  // channels at a time, so that what is known of them stays in the first-level cache

/// Calls body(first, count) for blocks of channels.
template <class Body>
void for_each_block(Index channels, Body body) {
  for (Index c = 0; c < channels; c += block) body(c, std::min(block, channels - c));
}

/// Whether b takes the place of a as the maximum: it is larger, or the first NaN.
template <class T>
bool beats(T b, T a) {
  return (b > a) | ((b != b) & (a == a));
}

}  // namespace

template <class T>
void average_pool(const T* x, T* y, const PoolSizes& s) {
  for_each_window(s, [&](Index i, Index j, Index count) {
    const T* from = x + i;
    T* to = y + j;
    std::copy_n(from, s.channels, to);
    for (Index k = 1; k < count; ++k)
      for (Index c = 0; c < s.channels; ++c) to[c] += from[k * s.channels + c];
    for (Index c = 0; c < s.channels; ++c) to[c] /= static_cast<T>(count);
  });
}

template <class T>
void average_pool_transpose(const T* y, T* x, const PoolSizes& s) {
  std::fill_n(x, s.batch * s.x_steps * s.channels, T{});
  for_each_window(s, [&](Index i, Index j, Index count) {
    const T* from = y + j;
    for (Index k = 0; k < count; ++k) {
      T* to = x + i + k * s.channels;
      for (Index c = 0; c < s.channels; ++c) to[c] += from[c] / static_cast<T>(count);
    }
  });
}

namespace {

/// Which step of a window holds the maximum of one channel; `stride` from one step to the next.
template <class T>
Index place_of_maximum(const T* where, Index count, Index stride) {
  Index best = 0;
  for (Index k = 1; k < count; ++k)
    if (beats(where[k * stride], where[best * stride])) best = k;
  return best * stride;
}

/// With fewer channels than this a loop over channels is not worth its start.
constexpr Index few_channels = 8;

}  // namespace

template <class T>
void pick_maxima(const T* where, const T* values, T* y, const PoolSizes& s) {
  if (s.channels < few_channels)
    return for_each_window(s, [&](Index i, Index j, Index count) {
      for (Index c = 0; c < s.channels; ++c)
        y[j + c] = values[i + c + place_of_maximum(where + i + c, count, s.channels)];
    });
  for_each_window(s, [&](Index i, Index j, Index count) {
    for_each_block(s.channels, [&](Index first, Index width) {
      const T* w = where + i + first;
      const T* v = values + i + first;
      T* picked = y + j + first;
      std::array<T, block> best;
      for (Index c = 0; c < width; ++c) best[static_cast<std::size_t>(c)] = w[c];
      for (Index c = 0; c < width; ++c) picked[c] = v[c];
      for (Index k = 1; k < count; ++k) {
        w += s.channels;
        v += s.channels;
        for (Index c = 0; c < width; ++c) {
          T& top = best[static_cast<std::size_t>(c)];
          const bool better = beats(w[c], top);
          top = better ? w[c] : top;
          picked[c] = better ? v[c] : picked[c];
        }
      }
    });
  });
}

template <class T>
void place_at_maxima(const T* where, const T* y, T* x, const PoolSizes& s) {
  std::fill_n(x, s.batch * s.x_steps * s.channels, T{});
  if (s.channels < few_channels)
    return for_each_window(s, [&](Index i, Index j, Index count) {
      for (Index c = 0; c < s.channels; ++c)
        x[i + c + place_of_maximum(where + i + c, count, s.channels)] += y[j + c];
    });
  for_each_window(s, [&](Index i, Index j, Index count) {
    for_each_block(s.channels, [&](Index first, Index width) {
      const T* w = where + i + first;
      const T* from = y + j + first;
      T* to = x + i + first;
      std::array<T, block> best, left;  // the maximum; what of y has not found its place yet
      for (Index c = 0; c < width; ++c) best[static_cast<std::size_t>(c)] = w[c];
      for (Index c = 0; c < width; ++c) left[static_cast<std::size_t>(c)] = from[c];
      for (Index k = 1; k < count; ++k)
        for (Index c = 0; c < width; ++c) {
          T& top = best[static_cast<std::size_t>(c)];
          top = beats(w[k * s.channels + c], top) ? w[k * s.channels + c] : top;
        }
      for (Index k = 0; k < count; ++k)
        for (Index c = 0; c < width; ++c) {
          const T here = w[k * s.channels + c], top = best[static_cast<std::size_t>(c)];
          T& rest = left[static_cast<std::size_t>(c)];
          const bool found = (here == top) | ((here != here) & (top != top));
          to[k * s.channels + c] += found ? rest : T{};
          rest = found ? T{} : rest;
        }
    });
  });
}

template void average_pool<float>(const float*, float*, const PoolSizes&);
template void average_pool<double>(const double*, double*, const PoolSizes&);
template void average_pool_transpose<float>(const float*, float*, const PoolSizes&);
template void average_pool_transpose<double>(const double*, double*, const PoolSizes&);
template void pick_maxima<float>(const float*, const float*, float*, const PoolSizes&);
template void pick_maxima<double>(const double*, const double*, double*, const PoolSizes&);
template void place_at_maxima<float>(const float*, const float*, float*, const PoolSizes&);
template void place_at_maxima<double>(const double*, const double*, double*, const PoolSizes&);

}  // namespace xtape::kernels
