/// The only header that includes xtensor and xsimd. Other kernel files include this one.
///
/// It hides two differences between xtensor releases: from 0.26 on the headers live in folders, and up to 0.25
/// evaluating an expression of an `xarray` to a temporary gives the temporary a wrong rank under GCC in C++20 mode.
#pragma once

#include <cstddef>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#endif

// xtensor keeps shapes in a vector with room for 4 numbers and, for a temporary of dynamic rank, picks the container
// by that vector's type. Its workaround tests __cplusplus == 201703L, so in C++20 the temporary becomes a container of
// fixed rank 4. These two lines make it an xarray again.
#if XTENSOR_VERSION_MAJOR == 0 && XTENSOR_VERSION_MINOR < 26
namespace xt::detail {
template <>
struct xtype_for_shape<dynamic_shape<std::size_t>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
template <>
struct xtype_for_shape<dynamic_shape<std::ptrdiff_t>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
}  // namespace xt::detail
#endif
