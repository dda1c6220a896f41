#include <cmath>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/optim/optimizers/sgd.hpp>
#include <xtape/optim/schedules/schedules.hpp>

using namespace xtape;
using doctest::Approx;

TEST_CASE("ExponentialDecay and InverseTimeDecay go down smoothly, or in stairs") {
  const ExponentialDecay smooth({.initial_learning_rate = 8, .decay_steps = 10, .decay_rate = 0.25});
  CHECK(smooth(0) == 8);
  CHECK(smooth(5) == Approx(4));
  CHECK(smooth(20) == Approx(0.5));
  const ExponentialDecay stairs(
      {.initial_learning_rate = 8, .decay_steps = 10, .decay_rate = 0.25, .staircase = true});
  CHECK(stairs(9) == 8);
  CHECK(stairs(10) == Approx(2));
  const InverseTimeDecay inverse({.initial_learning_rate = 6, .decay_steps = 2, .decay_rate = 0.5});
  CHECK(inverse(1) == Approx(6 / 1.25));
  CHECK(inverse(8) == Approx(2));
}

TEST_CASE("PiecewiseConstantDecay changes behind its boundaries") {
  const PiecewiseConstantDecay schedule({.boundaries = {2, 4}, .values = {1, 0.5, 0.25}});
  const double expected[] = {1, 1, 1, 0.5, 0.5, 0.25, 0.25};
  for (std::int64_t step = 0; step < 7; ++step) CHECK(schedule(step) == expected[step]);
  CHECK_THROWS_WITH_AS(PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {1, 0.5}}),
      "ValueError: PiecewiseConstantDecay: values must be one more than boundaries (received 2 boundaries "
      "and 2 "
      "values)",
      ValueError);
}

TEST_CASE("PolynomialDecay ends, or starts again and takes longer") {
  const PolynomialDecay once(
      {.initial_learning_rate = 3, .decay_steps = 4, .end_learning_rate = 1, .power = 2});
  CHECK(once(2) == Approx(1 + 2 * 0.25));
  CHECK(once(100) == 1);
  const PolynomialDecay cycle(
      {.initial_learning_rate = 3, .decay_steps = 4, .end_learning_rate = 1, .cycle = true});
  CHECK(cycle(0) == 3);
  CHECK(cycle(4) == 1);
  CHECK(cycle(6) == Approx(1 + 2 * 0.25));
}

TEST_CASE("CosineDecay falls along half a cosine, after a warm-up if there is one") {
  const CosineDecay plain({.initial_learning_rate = 2, .decay_steps = 6, .alpha = 0.5});
  CHECK(plain(0) == 2);
  CHECK(plain(2) == Approx(2 * (0.5 * 0.75 + 0.5)));
  CHECK(plain(50) == Approx(1));
  const CosineDecay warm(
      {.initial_learning_rate = 1, .decay_steps = 4, .warmup_target = 3.0, .warmup_steps = 2});
  CHECK(warm(1) == Approx(2));
  CHECK(warm(2) == 3);
  CHECK(warm(4) == Approx(1.5));
  CHECK(warm(6) == Approx(0).epsilon(1e-12));
}

TEST_CASE("CosineDecayRestarts starts again, each time longer and lower") {
  const CosineDecayRestarts schedule({.initial_learning_rate = 1, .first_decay_steps = 4, .m_mul = 0.5});
  CHECK(schedule(2) == Approx(0.5));
  CHECK(schedule(4) == Approx(0.5));
  CHECK(schedule(8) == Approx(0.25));
  CHECK(schedule(12) == Approx(0.25));
  const CosineDecayRestarts even({.initial_learning_rate = 1, .first_decay_steps = 4, .t_mul = 1});
  CHECK(even(10) == Approx(0.5));
}

TEST_CASE("schedules refuse periods without steps") {
  CHECK_THROWS_WITH_AS(CosineDecay({.initial_learning_rate = 1, .decay_steps = 0}),
      "ValueError: CosineDecay: decay_steps must be positive (received decay_steps=0)", ValueError);
  CHECK_THROWS_AS(
      CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = 4, .t_mul = 0}), ValueError);
}

TEST_CASE("an optimizer with a schedule is written with it, and read again") {
  const SGD optimizer({.learning_rate = ExponentialDecay(
                           {.initial_learning_rate = 1, .decay_steps = 2, .decay_rate = 0.25})});
  CHECK(optimizer.learning_rate() == 1);
  const Json config = optimizer.get_config();
  CHECK(config["learning_rate"]["class_name"] == "ExponentialDecay");
  const LearningRate read = LearningRate::from_json(config["learning_rate"]);
  CHECK(read.at(1) == Approx(0.5));
}
