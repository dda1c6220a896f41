#include <algorithm>
#include <numeric>

#include <xtape/layers/reach.hpp>

namespace xtape {
namespace {

constexpr Index most = Index{1} << 30;  // so that products of two, and sums of such, are Indices

bool is_small(const Reach& r) {
  return std::max({r.up, r.down, r.period, std::abs(r.first), std::abs(r.last)}) < most;
}

// In lowest terms. Nothing is lost: floor((t*g*d + f) / (g*u)) is floor((t*d + floor(f / g)) / u).
Reach reduced(Reach r) {
  const Index g = std::gcd(r.up, r.down);
  return {r.up / g, r.down / g, floor_divide(r.first, g), floor_divide(r.last, g), r.period};
}

}  // namespace

Index Reach::first_input(Index step) const { return floor_divide(step * down + first, up); }
Index Reach::last_input(Index step) const { return floor_divide(step * down + last, up); }

Reach reach_of_convolution(Index strides, Index span, Index left) {
  return {.down = strides, .first = -left, .last = span - 1 - left, .period = strides};
}

Reach reach_of_transpose(Index strides, Index span, Index left, Index of_last) {
  return {.up = strides,
      .first = std::min<Index>(left - span + strides, 0),
      .last = std::max(left, strides - of_last)};
}

std::optional<Reach> then(const std::optional<Reach>& before, const std::optional<Reach>& after) {
  if (!before || !after || !is_small(*before) || !is_small(*after)) return {};
  const Reach &a = *before, &b = *after;
  // floor(x / up) lies between (x - up + 1) / up and x / up; a floor of it alone is that of x / up.
  const Index first = b.first - (a.down == 1 ? 0 : b.up - 1), steps = a.down * b.period;
  if (steps >= most || std::abs(first) >= most) return {};
  const Index shift = steps / std::gcd(a.up, steps);  // of a's input, for b's to be a multiple of its period
  Reach r{a.up * b.up, a.down * b.down, first * a.down + a.first * b.up, b.last * a.down + a.last * b.up,
      std::lcm(a.period, shift)};
  r = reduced(r);
  return is_small(r) ? std::optional(r) : std::nullopt;
}

std::optional<Reach> both(const std::optional<Reach>& a, const std::optional<Reach>& b) {
  if (!a || !b || !is_small(*a) || !is_small(*b)) return {};
  const Reach p = reduced(*a), q = reduced(*b);
  if (p.up != q.up || p.down != q.down) return {};
  return Reach{
      p.up, p.down, std::min(p.first, q.first), std::max(p.last, q.last), std::lcm(p.period, q.period)};
}

}  // namespace xtape
