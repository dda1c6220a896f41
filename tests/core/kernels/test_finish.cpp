// Bias and relu in a pass over memory, next to their formula.
#include <algorithm>
#include <xtape/core/kernels/finish.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

TEST_CASE_TEMPLATE("rows are finished with bias, relu, both or neither", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 200; ++round) {
    const Index rows = draw_length(generator), columns = pick(generator, 0, 40);
    const bool biased = pick(generator, 0, 1) == 1, relu = pick(generator, 0, 1) == 1;
    CAPTURE(rows);
    CAPTURE(columns);
    CAPTURE(biased);
    CAPTURE(relu);
    const auto bias = Guarded<T>::random(columns, generator);
    const auto before = Guarded<T>::with_odd_numbers(rows * columns, generator);
    auto y = before;
    apply<T>({biased ? bias.data() : nullptr, relu}, y.data(), rows, columns);
    std::vector<double> expected;
    for (Index row = 0; row < rows; ++row)
      for (Index j = 0; j < columns; ++j) {
        const T sum = biased ? before[row * columns + j] + bias[j] : before[row * columns + j];
        expected.push_back(static_cast<double>(relu && sum < 0 ? T(0) : sum));
      }
    CHECK(all_near(y, expected, 0));
  }
}
