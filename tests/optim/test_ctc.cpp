// The CTC loss next to its definition: the sum over all ways in which the steps can spell the labels.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/optim/losses/ctc.hpp>

using namespace xtape;
using doctest::Approx;

namespace {

Tensor integers(const std::vector<std::int64_t>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

/// What a way, one class a step, spells: repeated classes once, then no blanks.
std::vector<std::int64_t> spelled(const std::vector<std::int64_t>& way, std::int64_t blank) {
  std::vector<std::int64_t> out;
  for (std::size_t t = 0; t < way.size(); ++t)
    if (way[t] != blank && (t == 0 || way[t] != way[t - 1])) out.push_back(way[t]);
  return out;
}

/// -ln of the sum of the probabilities of all classes^steps ways that spell the labels.
double by_definition(const std::vector<double>& log_p, Index steps, Index classes,
    const std::vector<std::int64_t>& labels, std::int64_t blank) {
  double total = 0;
  const auto ways = static_cast<Index>(std::pow(classes, steps));
  for (Index n = 0; n < ways; ++n) {
    std::vector<std::int64_t> way;
    double p = 0;
    for (Index t = 0, rest = n; t < steps; ++t, rest /= classes) {
      way.push_back(rest % classes);
      p += log_p[static_cast<std::size_t>(t * classes + rest % classes)];
    }
    if (spelled(way, blank) == labels) total += std::exp(p);
  }
  return -std::log(total);
}

}  // namespace

TEST_CASE("the loss is minus the logarithm of the sum over all ways to spell the labels") {
  const Index steps = 5, classes = 3;
  const Tensor logits =
      random_normal({1, steps, classes}, 0, 1, {.key = RandomKey{1}, .dtype = DType::float64});
  const std::vector<double> log_p = log_softmax(logits).to_vector();
  for (const std::vector<std::int64_t>& labels :
      {std::vector<std::int64_t>{}, {1}, {1, 2}, {1, 1}, {2, 2, 1}, {1, 2, 1, 2}, {1, 1, 1}}) {
    std::vector<std::int64_t> row = labels;
    row.resize(6);  // zeros are no labels
    CHECK(CTC()(integers(row, {1, 6}), logits).item() ==
          Approx(by_definition(log_p, steps, classes, labels, 0)).epsilon(1e-12));
  }
}

TEST_CASE("each sample has lengths of its own, and blank may be any class") {
  const Index steps = 4, classes = 3;
  const Tensor log_p =
      log_softmax(random_normal({2, steps, classes}, 0, 1, {.key = RandomKey{2}, .dtype = DType::float64}));
  const Tensor loss = ctc_loss(log_p, integers({0, 1, 1, 7}, {2, 2}), integers({2, 1}, {2}),
      {.input_lengths = integers({4, 3}, {2}), .blank = 2});
  CHECK(loss.at({0}) ==
        Approx(by_definition(log_p.rows(0, 1).to_vector(), 4, classes, {0, 1}, 2)).epsilon(1e-12));
  CHECK(
      loss.at({1}) == Approx(by_definition(log_p.rows(1, 2).to_vector(), 3, classes, {1}, 2)).epsilon(1e-12));
}

TEST_CASE("long sequences neither overflow nor vanish, in float32 either") {
  const Tensor logits = random_normal({1, 2000, 20}, 0, 3, {.key = RandomKey{3}, .dtype = DType::float64});
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 300; ++i) labels.push_back(1 + i % 19);
  const double loss = CTC()(integers(labels, {1, 300}), logits).item();
  CHECK(std::isfinite(loss));
  CHECK(CTC()(integers(labels, {1, 300}), cast(logits, DType::float32)).item() == Approx(loss).epsilon(1e-6));
  GradientTape tape;
  tape.watch(logits);
  const Tensor g = tape.gradient(CTC()(integers(labels, {1, 300}), logits), logits);
  CHECK(max(abs(sum(g, -1))).item() < 1e-9);  // probabilities of a step change, their sum does not
}

TEST_CASE("labels that the steps cannot spell have an infinite loss and no gradient") {
  const Tensor logits = zeros({1, 2, 3}, DType::float64);
  GradientTape tape;
  tape.watch(logits);
  const Tensor loss = CTC()(integers({1, 1}, {1, 2}), logits);  // would take a blank between
  CHECK(loss.item() == std::numeric_limits<double>::infinity());
  CHECK(tape.gradient(loss, logits).to_vector() == std::vector<double>(6, 0));
}

TEST_CASE("what does not fit is refused") {
  const Tensor logits = zeros({2, 4, 3});
  CHECK_THROWS_AS(CTC()(integers({1, 2}, {2}), logits), ValueError);
  CHECK_THROWS_AS(CTC()(integers({1, 2}, {2, 1}), zeros({2, 4})), ValueError);
  CHECK_THROWS_WITH_AS(CTC()(integers({1, 3}, {2, 1}), logits),
      "ValueError: ctc_loss: labels must lie in [0, 3) and not be blank, 0 (received 3)", ValueError);
  CHECK_THROWS_AS(ctc_loss(logits, integers({1, 2}, {2, 1}), integers({1, 2}, {2})), ValueError);
  CHECK_THROWS_AS(ctc_loss(logits, integers({1, 2}, {2, 1}), integers({1, 1}, {2}),
                      {.input_lengths = integers({4, 5}, {2})}),
      ValueError);
  CHECK(CTC()(integers({}, {2, 0}), zeros({2, 0, 3})).item() == 0);
}
