// The labels with blanks between and around them, b l1 b l2 b ... b, are a line of places 0 ... 2 L. A step moves on by one
// place, stays, or passes over a blank between different labels. forward[t][s] is ln of the probability of the steps up to
// t, ending at place s; backward[t][s] that of the steps after t, starting from there.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <xtape/core/kernels/ctc.hpp>

namespace xtape::kernels {
namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  const double top = std::max(a, b);
  return top == impossible ? impossible : top + std::log1p(std::exp(std::min(a, b) - top));
}

/// One sample.
template <class T>
struct Line {
  const T* log_p;
  const std::int64_t* labels;
  Index steps, classes, places, blank;

  Index class_at(Index place) const { return place % 2 == 0 ? blank : labels[place / 2]; }
  bool may_skip_to(Index place) const {
    return place % 2 == 1 && place >= 2 && class_at(place) != class_at(place - 2);
  }
  double emitted(Index step, Index place) const {
    return static_cast<double>(log_p[step * classes + class_at(place)]);
  }
  double& at(std::vector<double>& table, Index step, Index place) const {
    return table[static_cast<std::size_t>(step * places + place)];
  }

  std::vector<double> forward() const {
    std::vector<double> table(static_cast<std::size_t>(steps * places), impossible);
    if (steps == 0) return table;
    for (Index s = 0; s < std::min<Index>(places, 2); ++s) at(table, 0, s) = emitted(0, s);
    for (Index t = 1; t < steps; ++t) {
      for (Index s = 0; s < places; ++s) {
        double sum = at(table, t - 1, s);
        if (s >= 1) sum = log_sum(sum, at(table, t - 1, s - 1));
        if (may_skip_to(s)) sum = log_sum(sum, at(table, t - 1, s - 2));
        at(table, t, s) = sum + emitted(t, s);
      }
    }
    return table;
  }

  std::vector<double> backward() const {
    std::vector<double> table(static_cast<std::size_t>(steps * places), impossible);
    for (Index s = std::max<Index>(places - 2, 0); s < places; ++s) at(table, steps - 1, s) = 0;
    for (Index t = steps - 2; t >= 0; --t) {
      const auto onward = [&](Index s) { return at(table, t + 1, s) + emitted(t + 1, s); };
      for (Index s = 0; s < places; ++s) {
        double sum = onward(s);
        if (s + 1 < places) sum = log_sum(sum, onward(s + 1));
        if (s + 2 < places && may_skip_to(s + 2)) sum = log_sum(sum, onward(s + 2));
        at(table, t, s) = sum;
      }
    }
    return table;
  }

  /// ln of the probability of the labels.
  double total(std::vector<double>& forward_table) const {
    if (steps == 0) return places == 1 ? 0 : impossible;
    const double last = at(forward_table, steps - 1, places - 1);
    return places == 1 ? last : log_sum(last, at(forward_table, steps - 1, places - 2));
  }
};

template <class T>
Line<T> line_of(Index n, const T* log_p, const std::int64_t* labels, const std::int64_t* label_lengths,
    const std::int64_t* input_lengths, const CtcSizes& sizes) {
  return {log_p + n * sizes.steps * sizes.classes, labels + n * sizes.labels, input_lengths[n], sizes.classes,
      2 * label_lengths[n] + 1, sizes.blank};
}

}  // namespace

template <class T>
void ctc_loss(const T* log_p, const std::int64_t* labels, const std::int64_t* label_lengths,
    const std::int64_t* input_lengths, T* loss, const CtcSizes& sizes) {
  for (Index n = 0; n < sizes.samples; ++n) {
    const Line<T> line = line_of(n, log_p, labels, label_lengths, input_lengths, sizes);
    std::vector<double> forward = line.forward();
    loss[n] = static_cast<T>(-line.total(forward));
  }
}

template <class T>
void ctc_loss_grad(const T* g, const T* log_p, const std::int64_t* labels, const std::int64_t* label_lengths,
    const std::int64_t* input_lengths, T* u, const CtcSizes& sizes) {
  std::fill_n(u, sizes.samples * sizes.steps * sizes.classes, T(0));
  for (Index n = 0; n < sizes.samples; ++n) {
    const Line<T> line = line_of(n, log_p, labels, label_lengths, input_lengths, sizes);
    std::vector<double> forward = line.forward();
    const double total = line.total(forward);
    if (total == impossible || line.steps == 0) continue;
    std::vector<double> backward = line.backward();
    T* out = u + n * sizes.steps * sizes.classes;
    for (Index t = 0; t < line.steps; ++t)
      for (Index s = 0; s < line.places; ++s)
        out[t * sizes.classes + line.class_at(s)] -= static_cast<T>(
            static_cast<double>(g[n]) * std::exp(line.at(forward, t, s) + line.at(backward, t, s) - total));
  }
}

template void ctc_loss(
    const float*, const std::int64_t*, const std::int64_t*, const std::int64_t*, float*, const CtcSizes&);
template void ctc_loss(
    const double*, const std::int64_t*, const std::int64_t*, const std::int64_t*, double*, const CtcSizes&);
template void ctc_loss_grad(const float*, const float*, const std::int64_t*, const std::int64_t*,
    const std::int64_t*, float*, const CtcSizes&);
template void ctc_loss_grad(const double*, const double*, const std::int64_t*, const std::int64_t*,
    const std::int64_t*, double*, const CtcSizes&);

}  // namespace xtape::kernels
