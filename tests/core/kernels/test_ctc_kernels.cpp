// The CTC loss and its gradient next to the sum over all ways, one class a step, that spell the labels.
#include <functional>
#include <xtape/core/kernels/ctc.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

using Classes = std::vector<std::int64_t>;
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
struct Input {
  CtcSizes s;
  Guarded<T> log_p, g;
  Guarded<std::int64_t> labels, label_lengths, input_lengths;

  explicit Input(std::mt19937& generator)
      : s{pick(generator, 0, 3), pick(generator, 0, 5), pick(generator, 2, 4), pick(generator, 0, 3), 0},
        log_p(s.samples * s.steps * s.classes),
        g(Guarded<T>::random(s.samples, generator)),
        labels(s.samples * s.labels),
        label_lengths(s.samples),
        input_lengths(s.samples) {
    s.blank = pick(generator, 0, s.classes - 1);
    for (Index n = 0; n < s.samples; ++n) {
      label_lengths.data()[n] = pick(generator, 0, s.labels);
      input_lengths.data()[n] = pick(generator, 0, s.steps);
      for (Index i = 0; i < label_lengths[n]; ++i)  // the others are not to be read
        labels.data()[n * s.labels + i] = (s.blank + pick(generator, 1, s.classes - 1)) % s.classes;
      for (Index i = 0; i < input_lengths[n] * s.classes; ++i)
        log_p.data()[n * s.steps * s.classes + i] = pick(generator, 0, 20) == 0
                                                        ? -std::numeric_limits<T>::infinity()
                                                        : std::uniform_real_distribution<T>(-3, 0)(generator);
    }
  }

  Index at(Index n, Index t, Index k) const { return (n * s.steps + t) * s.classes + k; }

  Classes labels_of(Index n) const {
    const std::int64_t* first = labels.data() + n * s.labels;
    return {first, first + label_lengths[n]};
  }

  /// Repeated classes once, then no blanks.
  Classes spelled(const Classes& way) const {
    Classes out;
    for (std::size_t t = 0; t < way.size(); ++t)
      if (way[t] != s.blank && (t == 0 || way[t] != way[t - 1])) out.push_back(way[t]);
    return out;
  }

  /// Calls body(way, its probability) for all ways that spell the labels of sample n.
  void for_each_way(Index n, const std::function<void(const Classes&, double)>& body) const {
    Index ways = 1;
    for (Index t = 0; t < input_lengths[n]; ++t) ways *= s.classes;
    for (Index i = 0; i < ways; ++i) {
      Classes way;
      double p = 0;
      for (Index t = 0, rest = i; t < input_lengths[n]; ++t, rest /= s.classes) {
        way.push_back(rest % s.classes);
        p += static_cast<double>(log_p[at(n, t, way.back())]);
      }
      if (spelled(way) == labels_of(n)) body(way, std::exp(p));
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("CTC sums over all ways, and its gradient counts the classes in them", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 150; ++round) {
    const Input<T> in(generator);
    const CtcSizes& s = in.s;
    CAPTURE(round);
    Guarded<T> loss(s.samples), u(in.log_p.size());
    ctc_loss(
        in.log_p.data(), in.labels.data(), in.label_lengths.data(), in.input_lengths.data(), loss.data(), s);
    ctc_loss_grad(in.g.data(), in.log_p.data(), in.labels.data(), in.label_lengths.data(),
        in.input_lengths.data(), u.data(), s);

    std::vector<double> losses, gradient(static_cast<std::size_t>(in.log_p.size()));
    for (Index n = 0; n < s.samples; ++n) {
      double total = 0;
      in.for_each_way(n, [&](const Classes&, double p) { total += p; });
      losses.push_back(total > 0 ? -std::log(total) : infinity);
      if (total == 0) continue;
      in.for_each_way(n, [&](const Classes& way, double p) {
        for (Index t = 0; t < in.input_lengths[n]; ++t)
          gradient[static_cast<std::size_t>(in.at(n, t, way[static_cast<std::size_t>(t)]))] -=
              static_cast<double>(in.g[n]) * p / total;
      });
    }
    CHECK(all_near(loss, losses, round_off<T>(1)));
    CHECK(all_near(u, gradient, round_off<T>(1)));
  }
}
