#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <xtape/core/kernels/gamma.hpp>

// Far to the right both functions have asymptotic series (Euler and Maclaurin; Abramowitz and Stegun 6.3.18, 23.1.30).
// A number on the left is brought there by recurrence, a negative one first by the reflection
//     psi(1 - x) - psi(x) = pi cot(pi x)
// and its derivatives.

namespace xtape::kernels {
namespace {

constexpr double pi = 3.14159265358979323846;

// B_2, B_4, ...: Bernoulli's numbers.
constexpr std::array<double, 10> bernoulli{1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730,
    7.0 / 6, -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};

double digamma_of_positive(double x) {
  double y = 0;
  for (; x < 12; x += 1) y -= 1 / x;
  const double squared = 1 / (x * x);
  double series = 0, power = squared;
  for (std::size_t j = 0; j < bernoulli.size(); ++j, power *= squared)
    series += bernoulli[j] / (2.0 * static_cast<double>(j) + 2) * power;
  return y + (std::log(x) - 0.5 / x - series);
}

// The sum of (x + k)^-s over k >= 0, for x > 0 and s > 1 (Hurwitz's zeta function).
double zeta(double s, double x) {
  double sum = 0;
  for (const double far = 12 + s; x < far; x += 1) sum += std::pow(x, -s);
  const double power = std::pow(x, -s);
  sum += power * (x / (s - 1) + 0.5);
  double term = power * s / (2 * x);  // s (s + 1) ... (s + 2 j) x^(-s - 2 j - 1) / (2 j + 2)!
  for (std::size_t j = 0; j < bernoulli.size(); ++j) {
    sum += bernoulli[j] * term;
    const double k = 2.0 * static_cast<double>(j) + 1;
    term *= (s + k) * (s + k + 1) / ((k + 2) * (k + 3) * x * x);
  }
  return sum;
}

double polygamma_of_positive(int order, double x) {
  if (order == 0) return digamma_of_positive(x);
  const double value = std::tgamma(order + 1.0) * zeta(order + 1.0, x);
  return order % 2 == 0 ? -value : value;
}

// The `order`-th derivative of pi cot(pi x), as a polynomial in c = cot(pi x), for dc/dx = -pi (1 + c^2).
double derivative_of_cotangent(int order, double x) {
  const double c = 1 / std::tan(pi * (x - std::round(x)));  // exact next to a pole too
  std::vector<double> p{0, pi};
  for (int k = 0; k < order; ++k) {
    std::vector<double> next(p.size() + 1, 0.0);
    for (std::size_t i = 1; i < p.size(); ++i) {
      const double slope = -pi * static_cast<double>(i) * p[i];
      next[i - 1] += slope;
      next[i + 1] += slope;
    }
    p = next;
  }
  double y = 0;
  for (std::size_t i = p.size(); i > 0; --i) y = y * c + p[i - 1];
  return y;
}

double polygamma_at(int order, double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) {
    if (x < 0) return std::numeric_limits<double>::quiet_NaN();
    return order == 0 ? x : 0;
  }
  if (x > 0) return polygamma_of_positive(order, x);
  if (x == std::floor(x))
    return order % 2 == 0 ? std::numeric_limits<double>::quiet_NaN()
                          : std::numeric_limits<double>::infinity();
  const double mirrored = polygamma_of_positive(order, 1 - x);
  return (order % 2 == 0 ? mirrored : -mirrored) - derivative_of_cotangent(order, x);
}

}  // namespace

template <class T>
void polygamma(int order, const T* x, T* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = static_cast<T>(polygamma_at(order, static_cast<double>(x[i])));
}

template void polygamma(int, const float*, float*, Index);
template void polygamma(int, const double*, double*, Index);

}  // namespace xtape::kernels
