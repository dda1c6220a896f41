// The error function on xsimd batches. For core/kernels/*.cpp only.
//
// For x >= 0, erfc(x) = e^(-x^2) q(t) / (1 + 2 x) with t = (x - 4) / (x + 4), which maps [0, inf) to [-1, 1); q is smooth
// there and becomes a polynomial (the mapping is that of Shepherd and Laframboise, Mathematics of Computation 36, 1981).
// Below 1, erf(x) = x p(x^2). Both polynomials interpolate at Chebyshev's points, computed with 60 digits.
#pragma once
#include <array>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace xtape::kernels {

template <class Batch, std::size_t n>
inline Batch polynomial(const std::array<typename Batch::value_type, n>& coefficients, const Batch& x) {
  Batch y(coefficients[n - 1]);
  for (std::size_t i = n - 1; i > 0; --i) y = xsimd::fma(y, x, Batch(coefficients[i - 1]));
  return y;
}

template <class T>
struct ErfCoefficients;

template <>
struct ErfCoefficients<double> {
  static constexpr std::array<double, 13> p{1.1283791670955125738, -3.7612638903183748056e-1,
      1.1283791670954878666e-1, -2.6866170645076793248e-2, 5.2239776248180144673e-3,
      -8.5483269808337899052e-4, 1.2055331111642710923e-4, -1.4925595266831181565e-5,
      1.6461000484121368033e-6, -1.6350312701054695011e-7, 1.4659775274047435814e-8, -1.137284885679167367e-9,
      5.9571761477489114044e-11};
  static constexpr std::array<double, 27> q{1.232995118625552509, -1.3962111684056249603e-1,
      1.5379652102620041182e-2, 6.809705425469035044e-2, -1.010390660363250336e-1, 9.3732834998439512532e-2,
      -6.6330365811648502817e-2, 3.7167515535911412166e-2, -1.6197734065952531267e-2,
      5.0319699928109254543e-3, -7.5777321953522928882e-4, -1.992567764579197046e-4, 1.5062130746391776463e-4,
      -2.4398942309069806371e-5, -1.1220753452725425138e-5, 5.7092012122263517327e-6,
      2.9090629683714268492e-7, -8.2491274349645719467e-7, 7.8934396347614201001e-8, 1.1009041560728303061e-7,
      -2.191712868477673216e-8, -1.4705187552387630328e-8, 3.9799082099353337403e-9, 1.788749218907753683e-9,
      -5.47796315403793031e-10, -1.3721243210955800331e-10, 4.3357446968801276677e-11};
};

template <>
struct ErfCoefficients<float> {
  static constexpr std::array<float, 7> p{1.128379165848350946f, -3.7612626666720331023e-1f,
      1.1283594715160217732e-1f, -2.6854212010626412443e-2f, 5.1890874234339739861e-3f,
      -8.0168642871658695293e-4f, 7.8758750626854883411e-5f};
  static constexpr std::array<float, 14> q{1.2329951174258004978f, -1.3962111641494575466e-1f,
      1.5379769732623957026e-2f, 6.8097012479655218548e-2f, -1.0104095256639911713e-1f,
      9.3733508704317068353e-2f, -6.6318993701488274259e-2f, 3.7163409208387658165e-2f,
      -1.6230489245366698088e-2f, 5.0440318283601712427e-3f, -7.0904627310661429163e-4f,
      -2.1785505461842240168e-4f, 1.1417931914866990266e-4f, -9.4075719807201950126e-6f};
};

/// 1 - erf(x), accurate also where it is tiny.
template <class Batch>
inline Batch erfc(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch size = xsimd::abs(x), far(T(30));
  const Batch a = xsimd::select(size > far, far, size);  // e^-900 is 0
  const Batch t = (a - T(4)) / (a + T(4));
  const Batch squared = a * a, lost = xsimd::fms(a, a, squared);  // a^2 = squared + lost exactly
  const Batch bell = xsimd::exp(-squared) * (T(1) - lost);
  const Batch y = bell * polynomial(ErfCoefficients<T>::q, t) / (T(1) + T(2) * a);
  return xsimd::select(x < T(0), T(2) - y, y);
}

/// (2 / sqrt(pi)) times the integral of e^(-t^2) from 0 to x.
template <class Batch>
inline Batch erf(const Batch& x) {
  using T = typename Batch::value_type;
  const Batch size = xsimd::abs(x), one(T(1));
  const auto near = size < one;
  const Batch inner = x * polynomial(ErfCoefficients<T>::p, x * x);
  if (xsimd::all(near)) return inner;
  const Batch outer = xsimd::copysign(one - kernels::erfc(size), x);
  return xsimd::select(near, inner, outer);
}

}  // namespace xtape::kernels
