// A program of somebody else's: it sees only the installed xtape.
#include <cmath>
#include <iostream>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

int main() {
  using namespace xtape;
  Tensor x = {2.0};
  GradientTape tape;
  tape.watch(x);
  Tensor y = sin(x) * x;
  const double slope = tape.gradient(y, x).item();
  std::cout << "d(x sin x)/dx at 2 is " << slope << '\n';
  return std::abs(slope - (2 * std::cos(2.0) + std::sin(2.0))) < 1e-6 ? 0 : 1;
}
