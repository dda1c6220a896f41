// The gates of recurrent cells and their gradients next to the formulas and to numerical differences of these.
#include <array>
#include <functional>
#include <xtape/core/kernels/recurrent.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double lstm_c(double i, double f, double t, double c) { return logistic(f) * c + logistic(i) * std::tanh(t); }
double lstm_y(double o, double c) { return logistic(o) * std::tanh(c); }
double gru_y(double x_z, double m_z, double x_r, double m_r, double x_t, double m_t, double h) {
  const double z = logistic(x_z + m_z), r = logistic(x_r + m_r), t = std::tanh(x_t + r * m_t);
  return z * h + (1 - z) * t;
}

double slope(const std::function<double(double)>& f, double x) { return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5; }

/// For each sample n and unit j, f(n, j); in row n the units of gate k begin at k * units.
struct Cells {
  CellSizes s;
  Index gate(Index n, Index k, Index j, Index gates) const { return (n * gates + k) * s.units + j; }
  Index at(Index n, Index j) const { return n * s.units + j; }
  template <class F>
  void each(F f) const {
    for (Index n = 0; n < s.batch; ++n)
      for (Index j = 0; j < s.units; ++j) f(n, j);
  }
};

template <class T>
double tolerance() {
  return sizeof(T) == 4 ? 2e-5 : 1e-8;
}

std::vector<double> numbers(Index size, double first = 0) {
  return std::vector<double>(static_cast<std::size_t>(size), first);
}

constexpr double there = 0.5;  // what gradients are added to
template <class T>
Guarded<T> gradient_of(Index size) {
  return Guarded<T>(size, static_cast<T>(there));
}

}  // namespace

TEST_CASE_TEMPLATE("the gates of an LSTM, and their gradients", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 60; ++round) {
    const Cells cells{{pick(generator, 0, 4), draw_length(generator, 1)}};
    CAPTURE(round);
    const Index n_units = cells.s.batch * cells.s.units;
    const auto sums = Guarded<T>::random(4 * n_units, generator), c = Guarded<T>::random(n_units, generator),
               g = Guarded<T>::random(n_units, generator);
    Guarded<T> gates(3 * n_units), carry(n_units), out_gates(2 * n_units), y(n_units);
    auto d_sums = gradient_of<T>(4 * n_units), out_d_sums = d_sums, dc = gradient_of<T>(n_units), out_dc = dc;
    lstm_carry(sums.data(), c.data(), gates.data(), carry.data(), cells.s);
    lstm_carry_grad_sums(g.data(), gates.data(), c.data(), d_sums.data(), cells.s);
    lstm_carry_grad_c(g.data(), gates.data(), dc.data(), cells.s);
    lstm_output(sums.data(), c.data(), out_gates.data(), y.data(), cells.s);
    lstm_output_grad_sums(g.data(), out_gates.data(), out_d_sums.data(), cells.s);
    lstm_output_grad_c(g.data(), out_gates.data(), out_dc.data(), cells.s);

    auto e_carry = numbers(n_units), e_y = e_carry, e_dc = numbers(n_units, there), e_out_dc = e_dc;
    auto e_d_sums = numbers(4 * n_units, there), e_out_d_sums = e_d_sums;
    cells.each([&](Index n, Index j) {
      const auto k = static_cast<std::size_t>(cells.at(n, j));
      const auto gate = [&](Index i) { return static_cast<double>(sums[cells.gate(n, i, j, 4)]); };
      const auto put = [&](std::vector<double>& to, Index i, double v) {
        to[static_cast<std::size_t>(cells.gate(n, i, j, 4))] += v;
      };
      const double i = gate(0), f = gate(1), t = gate(2), o = gate(3),
                   c0 = static_cast<double>(c[cells.at(n, j)]), g0 = static_cast<double>(g[cells.at(n, j)]);
      e_carry[k] = lstm_c(i, f, t, c0);
      e_y[k] = lstm_y(o, c0);
      e_dc[k] += g0 * slope([&](double v) { return lstm_c(i, f, t, v); }, c0);
      e_out_dc[k] += g0 * slope([&](double v) { return lstm_y(o, v); }, c0);
      put(e_d_sums, 0, g0 * slope([&](double v) { return lstm_c(v, f, t, c0); }, i));
      put(e_d_sums, 1, g0 * slope([&](double v) { return lstm_c(i, v, t, c0); }, f));
      put(e_d_sums, 2, g0 * slope([&](double v) { return lstm_c(i, f, v, c0); }, t));
      put(e_out_d_sums, 3, g0 * slope([&](double v) { return lstm_y(v, c0); }, o));
    });
    CHECK(all_near(carry, e_carry, tolerance<T>()));
    CHECK(all_near(y, e_y, tolerance<T>()));
    CHECK(all_near(dc, e_dc, tolerance<T>()));
    CHECK(all_near(out_dc, e_out_dc, tolerance<T>()));
    CHECK(all_near(d_sums, e_d_sums, tolerance<T>()));
    CHECK(all_near(out_d_sums, e_out_d_sums, tolerance<T>()));
    CHECK((gates.guards_intact() && out_gates.guards_intact()));
  }
}

TEST_CASE_TEMPLATE("the gates of a GRU, and their gradients", T, float, double) {
  std::mt19937 generator(2);
  for (int round = 0; round < 60; ++round) {
    const Cells cells{{pick(generator, 0, 4), draw_length(generator, 1)}};
    CAPTURE(round);
    const Index n_units = cells.s.batch * cells.s.units;
    const auto x = Guarded<T>::random(3 * n_units, generator), m = Guarded<T>::random(3 * n_units, generator),
               h = Guarded<T>::random(n_units, generator), g = Guarded<T>::random(n_units, generator);
    Guarded<T> gates(3 * n_units), y(n_units);
    auto dx = gradient_of<T>(3 * n_units), dm = dx, dh = gradient_of<T>(n_units);
    gru_output(x.data(), m.data(), h.data(), gates.data(), y.data(), cells.s);
    gru_output_grad_x(g.data(), gates.data(), m.data(), h.data(), dx.data(), cells.s);
    gru_output_grad_m(g.data(), gates.data(), m.data(), h.data(), dm.data(), cells.s);
    gru_output_grad_h(g.data(), gates.data(), dh.data(), cells.s);

    auto e_y = numbers(n_units), e_dh = numbers(n_units, there), e_dx = numbers(3 * n_units, there),
         e_dm = e_dx;
    cells.each([&](Index n, Index j) {
      const auto k = static_cast<std::size_t>(cells.at(n, j));
      std::array<double, 7> v{};  // x_z, m_z, x_r, m_r, x_t, m_t, h
      for (Index i = 0; i < 3; ++i) {
        v[static_cast<std::size_t>(2 * i)] = static_cast<double>(x[cells.gate(n, i, j, 3)]);
        v[static_cast<std::size_t>(2 * i + 1)] = static_cast<double>(m[cells.gate(n, i, j, 3)]);
      }
      v[6] = static_cast<double>(h[cells.at(n, j)]);
      const auto result = [&](std::size_t changed, double to) {
        std::array<double, 7> u = v;
        u[changed] = to;
        return gru_y(u[0], u[1], u[2], u[3], u[4], u[5], u[6]);
      };
      const auto gradient = [&](std::size_t of) {
        return static_cast<double>(g[cells.at(n, j)]) *
               slope([&](double to) { return result(of, to); }, v[of]);
      };
      e_y[k] = result(6, v[6]);
      e_dh[k] += gradient(6);
      for (Index i = 0; i < 3; ++i) {
        e_dx[static_cast<std::size_t>(cells.gate(n, i, j, 3))] += gradient(static_cast<std::size_t>(2 * i));
        e_dm[static_cast<std::size_t>(cells.gate(n, i, j, 3))] +=
            gradient(static_cast<std::size_t>(2 * i + 1));
      }
    });
    CHECK(all_near(y, e_y, tolerance<T>()));
    CHECK(all_near(dh, e_dh, tolerance<T>()));
    CHECK(all_near(dx, e_dx, tolerance<T>()));
    CHECK(all_near(dm, e_dm, tolerance<T>()));
    CHECK(gates.guards_intact());
  }
}
