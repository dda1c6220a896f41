// What the gradient check is run on: for every op a few small functions, each with inputs of a shape and a range in
// which it is smooth. One file of cases for each file of core/ops; both the tests and build/bin/gradcheck read them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <xtape/core/op.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape::testing {

/// One input: its shape and the range its elements are drawn from, uniformly.
struct CaseInput {
  Shape shape;
  double low = -2, high = 2;
  /// Elements stay at least this far from 0 (and from each other, for max and sort), where the function has a kink.
  double away_from_kinks = 0;
};

struct GradientCase {
  Op op;
  std::string name;  ///< a few words: "stride 2, a step left over"
  std::function<Tensor(const std::vector<Tensor>&)> function;
  std::vector<CaseInput> inputs;
};
using GradientCases = std::vector<GradientCase>;

GradientCases elementwise_cases();
GradientCases nn_cases();
GradientCases reduce_cases();
GradientCases shaping_cases();
GradientCases matmul_cases();
GradientCases linalg_cases();
GradientCases conv1d_cases();
GradientCases pooling_cases();
GradientCases losses_cases();
GradientCases normalize_cases();
GradientCases recurrent_cases();
GradientCases differentiate_cases();

/// All of the above.
GradientCases all_gradient_cases();

/// Inputs of a case in float64, as its ranges and kinks demand.
std::vector<Tensor> draw_inputs(const GradientCase& c, std::uint64_t seed = 0);
/// Whether the op of the case stands on a tape that saw the case run.
bool records_its_op(const GradientCase& c);

}  // namespace xtape::testing
