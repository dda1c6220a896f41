// For users of xtensor: an expression in, gradients and Hessians out as xtensor arrays.
//
// A decay a exp(-b t) + c is fitted to measurements by Newton's method: with the gradient g and the Hessian H of the squared
// error, p <- p - H^-1 g. Close to the solution each step doubles the number of right digits. Nobody writes a derivative.
#include <cstdlib>
#include <iomanip>
#include <iostream>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/linalg.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/xtensor.hpp>
#include <xtensor/xio.hpp>

using namespace xtape;

int main() {
  const xt::xarray<double> time = xt::linspace<double>(0.0, 4.0, 41);
  const xt::xarray<double> measured = 2.0 * xt::exp(-1.3 * time) + 0.5 + 0.01 * xt::sin(40.0 * time);

  const Function squared_error = [&](const Tensor& p) {
    const Tensor a = view(p, 0), b = view(p, 1), c = view(p, 2);
    return sum(square(a * exp(-b * time) + c - measured));
  };
  const auto error_and_gradient = value_and_grad(squared_error);
  const auto second_derivatives = hessian(squared_error);

  xt::xarray<double> p = {2.2, 1.5, 0.55};
  std::cout << "step  squared error   largest slope   a, b, c\n" << std::scientific << std::setprecision(6);
  double largest_slope = 1;
  for (int step = 0; step < 10 && largest_slope > 1e-12; ++step) {
    const auto [error, gradient] = error_and_gradient(p);
    const Tensor newton_step = solve(second_derivatives(p), gradient);

    const auto slope = as_xtensor<double>(gradient);  // xtensor from here on
    const auto change = as_xtensor<double>(newton_step);
    largest_slope = xt::amax(xt::abs(slope))();
    std::cout << std::left << std::setw(6) << step << error.item() << "    " << largest_slope << "    " << p
              << '\n';
    p -= change;
  }

  const xt::xarray<double> expected = {2.0, 1.3, 0.5};
  const bool found = largest_slope <= 1e-12 && xt::amax(xt::abs(p - expected))() < 0.02;
  std::cout << (found ? "found" : "NOT FOUND") << ": " << p << '\n';
  return found ? EXIT_SUCCESS : EXIT_FAILURE;
}
