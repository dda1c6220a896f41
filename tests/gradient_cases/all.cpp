#include <algorithm>
#include <cmath>
#include <random>

#include "gradient_cases.hpp"

#include <xtape/core/tape.hpp>

namespace xtape::testing {

GradientCases all_gradient_cases() {
  GradientCases all;
  for (const auto part :
      {elementwise_cases, nn_cases, reduce_cases, shaping_cases, matmul_cases, linalg_cases, conv1d_cases,
          pooling_cases, losses_cases, normalize_cases, recurrent_cases, differentiate_cases})
    for (GradientCase& c : part()) all.push_back(std::move(c));
  return all;
}

std::vector<Tensor> draw_inputs(const GradientCase& c, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> drawn;  // over all inputs, since maximum(a, b) has its kink where they meet
  const auto next = [&](const CaseInput& input) {
    double v = 0;
    for (int attempt = 0; attempt < 1000;
         ++attempt) {  // ranges too narrow for their elements get what is left
      v = input.low + (input.high - input.low) * static_cast<double>(random() >> 11) * 0x1p-53;
      const double gap = input.away_from_kinks;
      if (gap == 0 || (std::abs(v) >= gap && std::none_of(drawn.begin(), drawn.end(),
                                                 [&](double other) { return std::abs(v - other) < gap; })))
        break;
    }
    if (input.away_from_kinks > 0) drawn.push_back(v);
    return v;
  };
  std::vector<Tensor> inputs;
  for (const CaseInput& input : c.inputs) {
    std::vector<double> values(static_cast<std::size_t>(input.shape.size()));
    for (double& v : values) v = next(input);
    inputs.push_back(Tensor::from(values, input.shape));
  }
  return inputs;
}

bool records_its_op(const GradientCase& c) {
  const std::vector<Tensor> inputs = draw_inputs(c);
  GradientTape tape;
  for (const Tensor& x : inputs) tape.watch(x);
  c.function(inputs);
  return std::any_of(
      tape.records().begin(), tape.records().end(), [&](const auto& record) { return record.op == c.op; });
}

}  // namespace xtape::testing
