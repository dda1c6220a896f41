#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/fit.hpp>
#include <xtape/optim/training/profile.hpp>

#include "autoencoder.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::testing;

namespace {

/// What the layer of that name took.
ProfileEntry of_layer(const Profile& profile, const std::string& name) {
  for (const ProfileEntry& e : profile.by_layer())
    if (e.layer == name) return e;
  FAIL("there is no layer ", name);
  return {};
}

/// 10 steps of 3 channels -> 5 of 4 -> 10 of 2 -> 20 numbers -> 6.
Sequential small_model() {
  return Sequential({Input({.shape = {10, 3}}),
      Conv1D({.filters = 4,
          .kernel_size = 5,
          .strides = 2,
          .padding = "same",
          .activation = "relu",
          .name = "down"}),
      Conv1DTranspose({.filters = 2, .kernel_size = 3, .strides = 2, .padding = "same", .name = "up"}),
      Flatten({.name = "flat"}), Dense({.units = 6, .name = "dense"})});
}

constexpr Index samples = 8;
constexpr Index down = 2 * samples * 5 * 5 * 3 * 4;  // output steps, kernel, channels, filters
constexpr Index up = 2 * samples * 5 * 3 * 4 * 2;    // input steps, kernel, channels, filters
constexpr Index dense = 2 * samples * 20 * 6;

Tensor inputs() { return random_normal({samples, 10, 3}); }
Tensor targets() { return random_normal({samples, 6}); }

}  // namespace

TEST_CASE("the profile of a prediction counts each layer's operations, and needs no compile") {
  const Sequential model = small_model();
  const Profile profile = model.profile(inputs());
  CHECK(of_layer(profile, "down").forward_flops == down);
  CHECK(of_layer(profile, "up").forward_flops == up);
  CHECK(of_layer(profile, "dense").forward_flops == dense);
  CHECK(of_layer(profile, "flat").flops() == 0);
  CHECK(profile.total().flops() == down + up + dense);
  CHECK(profile.total().backward_seconds == 0);
  CHECK(profile.total().kept_bytes == 0);
  CHECK(of_layer(profile, "down").output_bytes == samples * 5 * 4 * 4);
  CHECK(of_layer(profile, "dense").output_bytes == samples * 6 * 4);
}

TEST_CASE(
    "the profile of a training step counts the gradients that are computed, the first input's not among "
    "them") {
  const Sequential model = small_model();
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Profile profile = model.profile(inputs(), targets());
  CHECK(of_layer(profile, "down").backward_flops == down);  // of its kernel alone
  CHECK(of_layer(profile, "up").backward_flops == 2 * up);
  CHECK(of_layer(profile, "dense").backward_flops == 2 * dense);
  CHECK(of_layer(profile, "loss").calls > 0);
  CHECK(of_layer(profile, "loss").flops() == 0);
  CHECK(of_layer(profile, "dense").kept_bytes > 0);
}

TEST_CASE("all entries add up to the layers, and these to the total") {
  const Sequential model = autoencoder();
  model.compile({.optimizer = Adam(), .loss = "mse"});
  const Tensor x = random_normal({64, 288, 1});
  const Profile profile = model.profile(x, x, {.steps = 2});
  const ProfileEntry total = profile.total();
  double seconds = 0;
  Index flops = 0, calls = 0;
  for (const ProfileEntry& e : profile.by_layer()) {
    CHECK(e.op.empty());
    CHECK(e.forward_seconds >= 0);
    CHECK(e.backward_seconds >= 0);
    seconds += e.seconds();
    flops += e.flops();
    calls += e.calls;
  }
  CHECK(total.seconds() == doctest::Approx(seconds));
  CHECK(total.flops() == flops);
  CHECK(total.calls == calls);
  CHECK(total.gflops_per_second() == doctest::Approx(1e-9 * static_cast<double>(flops) / seconds));
  CHECK(profile.entries().front().op == "conv1d");

  const Profile one_sample = model.profile(x.rows(0, 1), x.rows(0, 1), {.steps = 1});
  CHECK(total.flops() == 64 * one_sample.total().flops());  // cut into micro-batches or not
}

TEST_CASE("layers inside of layers are named by their path") {
  const Sequential encoder({Dense({.units = 3, .name = "hidden"})}, "encoder");
  const Sequential model({Input({.shape = {4}}), encoder, Dense({.units = 2, .name = "out"})});
  const Profile profile = model.profile(random_normal({5, 4}));
  CHECK(of_layer(profile, "encoder/hidden").flops() == 2 * 5 * 4 * 3);
  CHECK(of_layer(profile, "out").flops() == 2 * 5 * 3 * 2);
}

TEST_CASE("a profile changes neither weights nor what is trained afterwards") {
  const auto train = [](bool with_profile) {
    set_random_seed(2);
    const Tensor x = random_normal({16, 4});
    const Sequential model({Input({.shape = {4}}), Dense({.units = 8}), BatchNormalization(),
        Dropout({.rate = 0.5}), Dense({.units = 4})});
    model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {"mae"}});
    model.train_on_batch(x, x);
    const std::vector<double> before = all_weights(model);
    if (with_profile) {
      model.profile(x);
      model.profile(x, x);
      CHECK(all_weights(model) == before);
    }
    model.train_on_batch(x, x);
    return all_weights(model);
  };
  CHECK(train(true) == train(false));
}

TEST_CASE("a profile prints a line for each entry and the total") {
  const Profile profile({{.layer = "conv1d",
                             .op = "conv1d",
                             .calls = 2,
                             .forward_seconds = 1e-3,
                             .backward_seconds = 2e-3,
                             .forward_flops = 1'000'000,
                             .backward_flops = 2'000'000,
                             .output_bytes = 1024,
                             .kept_bytes = 2048},
      {.layer = "conv1d", .op = "relu", .calls = 2},
      {.layer = "loss", .op = "mean", .calls = 1, .forward_seconds = 1e-3}});
  CHECK(concat(profile) ==
        "Layer   Op      Calls  Forward us  Backward us  MFLOP  GFLOP/s  Output KB  Kept KB  Share %\n"
        "conv1d  conv1d      2      1000.0       2000.0  3.000      1.0        1.0      2.0     75.0\n"
        "        relu        2         0.0          0.0  0.000      0.0        0.0      0.0      0.0\n"
        "loss    mean        1      1000.0          0.0  0.000      0.0        0.0      0.0     25.0\n"
        "total               5      2000.0       2000.0  3.000      0.8        1.0      2.0    100.0\n");
}

TEST_CASE("the profile of nothing is zeros") {
  const Profile nothing;
  CHECK(nothing.by_layer().empty());
  CHECK(nothing.total().seconds() == 0);
  CHECK(nothing.total().gflops_per_second() == 0);
  CHECK(concat(nothing) ==
        "Layer  Op  Calls  Forward us  Backward us  MFLOP  GFLOP/s  Output KB  Kept KB  Share %\n"
        "total          0         0.0          0.0  0.000      0.0        0.0      0.0      0.0\n");
}

TEST_CASE("profile refuses what does not fit and says so") {
  const Sequential model = small_model();
  const Tensor x = inputs(), y = targets();
  CHECK_THROWS_AS(model.profile(x, y), StateError);  // not compiled
  CHECK_THROWS_AS(model.profile(zeros({0, 10, 3})), ValueError);
  CHECK_THROWS_AS(model.profile(zeros({8, 10, 2})), ValueError);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK_THROWS_WITH_AS(model.profile(x, zeros({3, 6})),
      "ValueError: profile: y must have as many samples as x, 8 (received float32 (3, 6))", ValueError);
  CHECK_THROWS_WITH_AS(model.profile(x, y, {.steps = 0}),
      "ValueError: profile: steps must be at least 1 (received steps=0)", ValueError);
  model.set_trainable(false);
  CHECK_THROWS_WITH_AS(
      model.profile(x, y), doctest::Contains("profile: the model has no trainable weights"), ValueError);
}

TEST_CASE(
    "a profile of several micro-batches runs on one thread, that of a single one leaves all to the kernels") {
  const Threads scope(3);
  std::vector<int> seen;
  const Activation spy({.activation = [&seen](const Tensor& t) {
    seen.push_back(available_threads());
    return t;
  }});
  const Sequential model({Input({.shape = {288, 1}}), autoencoder(), spy});
  model.profile(random_normal({256, 288, 1}), {}, {.steps = 1});
  REQUIRE(seen.size() > 2);  // of two steps, one to warm up
  CHECK(std::count(seen.begin(), seen.end(), 1) == std::ssize(seen));
  seen.clear();
  model.profile(random_normal({1, 288, 1}), {}, {.steps = 1});
  CHECK(seen == std::vector<int>{3, 3});
}
