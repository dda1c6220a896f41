// The passes of the optimizers next to their formulas, written for one number at a time in double.
#include <algorithm>
#include <array>
#include <functional>
#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/core/kernels/updates.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

/// The numbers that belong to one weight: the weight, its gradient, and up to three that the optimizer keeps.
struct One {
  double w, g, a, b, c;
};

template <class T>
struct Arrays {
  Guarded<T> w, g, a, b, c;
  Arrays(Index n, std::mt19937& generator)
      : w(Guarded<T>::random(n, generator)),
        g(Guarded<T>::random(n, generator)),
        a(Guarded<T>::random(n, generator)),
        b(Guarded<T>::random(n, generator)),
        c(Guarded<T>::random(n, generator)) {
    for (Guarded<T>* kept : {&a, &b, &c})  // sums of squares and the like are never negative
      for (T& v : *kept) v = std::abs(v) + T(0.1);
  }
};

/// Runs `kernel` on arrays of many lengths, and `formula` on each weight.
template <class T>
void compare(const std::function<void(Arrays<T>&, Index)>& kernel, const std::function<void(One&)>& formula) {
  std::mt19937 generator(1);
  for (const Index n : {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1000}) {
    CAPTURE(n);
    Arrays<T> arrays(n, generator);
    const Arrays<T> before = arrays;
    std::array<std::vector<double>, 4> expected;
    for (Index i = 0; i < n; ++i) {
      One one{static_cast<double>(before.w[i]), static_cast<double>(before.g[i]),
          static_cast<double>(before.a[i]), static_cast<double>(before.b[i]),
          static_cast<double>(before.c[i])};
      formula(one);
      const double results[] = {one.w, one.a, one.b, one.c};
      for (std::size_t k = 0; k < 4; ++k) expected[k].push_back(results[k]);
    }
    kernel(arrays, n);
    const double tolerance = 64 * round_off<T>(1);
    CHECK(all_near(arrays.w, expected[0], tolerance));
    CHECK(all_near(arrays.a, expected[1], tolerance));
    CHECK(all_near(arrays.b, expected[2], tolerance));
    CHECK(all_near(arrays.c, expected[3], tolerance));
    CHECK(all_near(arrays.g, {before.g.data(), before.g.data() + n}, 0));
  }
}

constexpr double rate = 0.1, beta_1 = 0.9, beta_2 = 0.98, epsilon = 1e-3;

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

/// What Adam and its kin keep: a is m, b is v.
void adam_moments(One& x) {
  x.a += (x.g - x.a) * (1 - beta_1);
  x.b += (x.g * x.g - x.b) * (1 - beta_2);
}

}  // namespace

TEST_CASE_TEMPLATE("SGD", T, float, double) {
  compare<T>(
      [](Arrays<T>& x, Index n) { sgd(x.w.data(), x.g.data(), n, rate); }, [](One& x) { x.w -= rate * x.g; });
  for (const bool nesterov : {false, true})
    compare<T>([=](Arrays<T>& x,
                   Index n) { sgd_momentum(x.w.data(), x.a.data(), x.g.data(), n, rate, 0.9, nesterov); },
        [=](One& x) {
      x.a = 0.9 * x.a - rate * x.g;
      x.w += nesterov ? 0.9 * x.a - rate * x.g : x.a;
    });
}

TEST_CASE_TEMPLATE("Adam, with and without AMSGrad", T, float, double) {
  for (const bool amsgrad : {false, true})
    compare<T>(
        [=](Arrays<T>& x, Index n) {
      adam(x.w.data(), x.a.data(), x.b.data(), amsgrad ? x.c.data() : nullptr, x.g.data(), n, rate, beta_1,
          beta_2, epsilon);
        },
        [=](One& x) {
      adam_moments(x);
      if (amsgrad) x.c = std::max(x.c, x.b);
      x.w -= rate * x.a / (std::sqrt(amsgrad ? x.c : x.b) + epsilon);
    });
}

TEST_CASE_TEMPLATE("the small passes: scale, moving average, sum of squares", T, float, double) {
  compare<T>([](Arrays<T>& x, Index n) { scale(x.w.data(), n, 0.7); }, [](One& x) { x.w *= 0.7; });
  compare<T>([](Arrays<T>& x, Index n) { moving_average(x.a.data(), x.w.data(), n, 0.99); },
      [](One& x) { x.a = 0.99 * x.a + 0.01 * x.w; });
  std::mt19937 generator(2);
  for (const Index n : {0, 1, 15, 16, 17, 1000}) {
    const auto x = Guarded<T>::random(n, generator);
    double expected = 0;
    for (Index i = 0; i < n; ++i) expected += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    CHECK(sum_of_squares(x.data(), n) == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE_TEMPLATE("RMSprop, centered or not, with momentum or without", T, float, double) {
  for (const bool centered : {false, true})
    for (const bool has_momentum : {false, true}) {
      const RmspropRule rule{rate, 0.9, 0.8, 2.0};
      compare<T>(
          [=](Arrays<T>& x, Index n) {
        rmsprop(x.w.data(), x.a.data(), centered ? x.b.data() : nullptr, has_momentum ? x.c.data() : nullptr,
            x.g.data(), n, rule);
          },
          [=](One& x) {
        x.a = rule.rho * x.a + (1 - rule.rho) * x.g * x.g;
        if (centered) x.b = rule.rho * x.b + (1 - rule.rho) * x.g;
        const double step = rule.rate * x.g / std::sqrt(x.a - (centered ? x.b * x.b : 0) + rule.epsilon);
        if (has_momentum) x.c = rule.momentum * x.c + step;
        x.w -= has_momentum ? x.c : step;
      });
    }
}

TEST_CASE_TEMPLATE("Adadelta, Adagrad, Adamax", T, float, double) {
  compare<T>(
      [](Arrays<T>& x, Index n) {
    adadelta(x.w.data(), x.a.data(), x.b.data(), x.g.data(), n, rate, 0.95, epsilon);
      },
      [](One& x) {
    x.a = 0.95 * x.a + 0.05 * x.g * x.g;
    const double step = std::sqrt(x.b + epsilon) / std::sqrt(x.a + epsilon) * x.g;
    x.b = 0.95 * x.b + 0.05 * step * step;
    x.w -= rate * step;
  });
  compare<T>([](Arrays<T>& x, Index n) { adagrad(x.w.data(), x.a.data(), x.g.data(), n, rate, epsilon); },
      [](One& x) {
    x.a += x.g * x.g;
    x.w -= rate * x.g / std::sqrt(x.a + epsilon);
  });
  compare<T>(
      [](Arrays<T>& x, Index n) {
    adamax(x.w.data(), x.a.data(), x.b.data(), x.g.data(), n, rate, beta_1, beta_2, epsilon);
      },
      [](One& x) {
    x.a += (x.g - x.a) * (1 - beta_1);
    x.b = std::max(beta_2 * x.b, std::abs(x.g));
    x.w -= rate * x.a / (x.b + epsilon);
  });
}

TEST_CASE_TEMPLATE("Nadam, Ftrl, Lion", T, float, double) {
  const NadamRule nadam_rule{rate, beta_1, beta_2, epsilon, 1.3, 0.4, 0.6};
  compare<T>(
      [=](Arrays<T>& x, Index n) { nadam(x.w.data(), x.a.data(), x.b.data(), x.g.data(), n, nadam_rule); },
      [=](One& x) {
    adam_moments(x);
    const double m_hat = nadam_rule.share_of_m * x.a + nadam_rule.share_of_g * x.g;
    x.w -= rate * m_hat / (std::sqrt(x.b / nadam_rule.v_correction) + epsilon);
      });
  for (const double power : {-0.5, -0.3}) {
    const FtrlRule rule{rate, -power, 0.05, 0.2, 0.1};
    compare<T>([=](Arrays<T>& x, Index n) { ftrl(x.w.data(), x.a.data(), x.b.data(), x.g.data(), n, rule); },
        [=](One& x) {
      const double larger = std::pow(x.a + x.g * x.g, rule.power), before = std::pow(x.a, rule.power);
      x.b += x.g + 2 * rule.l2_shrinkage * x.w - (larger - before) / rate * x.w;
      x.a += x.g * x.g;
      x.w = (std::clamp(x.b, -rule.l1, rule.l1) - x.b) / (std::pow(x.a, rule.power) / rate + 2 * rule.l2);
    });
  }
  compare<T>([](Arrays<T>& x, Index n) { lion(x.w.data(), x.a.data(), x.g.data(), n, rate, beta_1, beta_2); },
      [](One& x) {
    x.w -= rate * sign(beta_1 * x.a + (1 - beta_1) * x.g);
    x.a = beta_2 * x.a + (1 - beta_2) * x.g;
  });
}

TEST_CASE_TEMPLATE("schedule-free Adam and Lamb's step", T, float, double) {
  const ScheduleFreeRule rule{rate, beta_1, beta_2, epsilon, 0.6, 0.3};
  compare<T>(
      [=](Arrays<T>& x, Index n) { schedule_free(x.w.data(), x.a.data(), x.b.data(), x.g.data(), n, rule); },
      [=](One& x) {
    const double average = (x.w - (1 - beta_1) * x.a) / beta_1;
    x.b += (x.g * x.g - x.b) * (1 - beta_2);
    x.a -= rate * x.g / (std::sqrt(x.b / rule.v_correction) + epsilon);
    x.w = (1 - beta_1) * x.a + beta_1 * ((1 - rule.weight) * average + rule.weight * x.a);
      });
  const LambRule lamb{beta_1, beta_2, epsilon, 0.7, 0.6};
  compare<T>(
      [=](Arrays<T>& x, Index n) { lamb_step(x.c.data(), x.a.data(), x.b.data(), x.g.data(), n, lamb); },
      [=](One& x) {
    adam_moments(x);
    x.c = x.a / lamb.m_correction / (std::sqrt(x.b / lamb.v_correction) + epsilon);
      });
}
