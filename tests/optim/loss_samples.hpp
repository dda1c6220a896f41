// One or more configurations of every loss class, with truths and predictions that suit it: what the gradient check runs on.
// A class of the registry without an entry here is a failure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/json.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape::testing {

struct LossSample {
  std::string class_name;
  Json config;
  Tensor y_true;
  Shape y_pred;
  double low = -2, high = 2;  ///< where the predictions are drawn from
};

inline const std::vector<LossSample>& loss_samples() {
  const auto real = [](const Shape& shape, double low, double high) {
    return random_uniform(shape, low, high, {.key = RandomKey{11}, .dtype = DType::float64});
  };
  const Json defaults = Json::object(), logits = {{"from_logits", true}};
  const Tensor bits = Tensor{{0, 1, 1, 0}, {1, 0, 0, 1}, {0, 0, 1, 1}};
  const Tensor signs = Tensor{{-1, 1, 1, -1}, {1, -1, -1, 1}, {-1, -1, 1, 1}};
  const Tensor one_hot = Tensor{{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}};
  const Tensor classes = Tensor::from(std::vector<std::int64_t>{1, 0, 3});
  const Tensor pairs = Tensor::from(std::vector<std::int64_t>{0, 1, 0, 1, 2});
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{1, 1, 2, 2, 0, 0}, {2, 3});
  const Tensor counts = real({3, 4}, 0.1, 3), numbers = real({3, 4}, -1, 1);
  const Tensor distribution = softmax(numbers);
  static const std::vector<LossSample> samples{
      {"BinaryCrossentropy", defaults, bits, {3, 4}, 0.05, 0.95},
      {"BinaryCrossentropy", {{"from_logits", true}, {"label_smoothing", 0.2}}, bits, {3, 4}},
      {"BinaryFocalCrossentropy", {{"apply_class_balancing", true}}, bits, {3, 4}, 0.05, 0.95},
      {"BinaryFocalCrossentropy", {{"from_logits", true}, {"gamma", 0.5}}, bits, {3, 4}},
      {"CategoricalCrossentropy", {{"label_smoothing", 0.1}}, distribution, {3, 4}, 0.05, 0.95},
      {"CategoricalCrossentropy", {{"from_logits", true}, {"axis", 0}}, distribution, {3, 4}},
      {"CategoricalFocalCrossentropy", defaults, one_hot, {3, 4}, 0.05, 0.95},
      {"CategoricalFocalCrossentropy", {{"from_logits", true}, {"alpha", {0.1, 0.2, 0.3, 0.4}}}, one_hot,
          {3, 4}},
      {"CategoricalGeneralizedCrossEntropy", {{"q", 0.3}}, classes, {3, 4}, 0.05, 0.95},
      {"CategoricalHinge", defaults, one_hot, {3, 4}, 0.1, 1},
      {"Circle", {{"gamma", 2}}, pairs, {5, 3}, 0.1, 0.5},
      {"Circle", {{"gamma", 2}, {"remove_diagonal", false}}, pairs, {5, 3}, 0.1, 0.5},
      {"CosineSimilarity", defaults, numbers, {3, 4}},
      {"CosineSimilarity", {{"axis", 0}}, numbers, {3, 4}},
      {"CTC", defaults, labels, {2, 5, 4}},
      {"Dice", defaults, bits, {3, 4}, 0.05, 0.95},
      {"Dice", {{"axis", {1}}}, bits, {3, 4}, 0.05, 0.95},
      {"Hinge", defaults, signs, {3, 4}, -0.9, 0.9},
      {"Huber", defaults, numbers, {3, 4}, 1.1, 1.9},
      {"Huber", {{"delta", 0.05}}, numbers, {3, 4}, 1.1, 1.9},
      {"KLDivergence", defaults, distribution, {3, 4}, 0.05, 0.95},
      {"LogCosh", defaults, numbers, {3, 4}},
      {"MeanAbsoluteError", defaults, numbers, {3, 4}, 1.1, 2},
      {"MeanAbsolutePercentageError", defaults, numbers, {3, 4}, 1.1, 2},
      {"MeanSquaredError", defaults, numbers, {3, 4}},
      {"MeanSquaredLogarithmicError", defaults, counts, {3, 4}, 0.1, 3},
      {"Poisson", defaults, counts, {3, 4}, 0.1, 3},
      {"SparseCategoricalCrossentropy", defaults, classes, {3, 4}, 0.05, 0.95},
      {"SparseCategoricalCrossentropy", {{"from_logits", true}, {"ignore_class", 1}}, classes, {3, 4}},
      {"SquaredHinge", defaults, bits, {3, 4}, -0.9, 0.9},
      {"Tversky", {{"alpha", 0.3}, {"beta", 0.7}}, bits, {3, 4}, 0.05, 0.95},
  };
  return samples;
}

}  // namespace xtape::testing
