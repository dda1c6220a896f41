// bench CASE THREADS [SECONDS]: how long xtape takes for a piece of work.
//
//   ae:B, ae_nodrop:B   the autoencoder of the Keras page on time series anomalies, batch B, with and without dropout
//   wide                the same with 128 and 64 filters on 1024 steps of 4 channels, batch 32
//   dense               an autoencoder of Dense layers, 784 to 64 and back, batch 128
//   layer:NAME          one transposed convolution: oobleck1 ... oobleck4, istft, small, tiny, depth
//   tape                1000 elementwise ops on four floats; times are for one op
//   varlen, varlen_conv the first call and later ones at lengths that change
//
// "fwd" is the forward pass without a tape; "step" forward, loss, backward and Adam; "fwd_bwd" forward and backward to
// input and weight. Each line is a JSON object; times are milliseconds for one call.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include <fmt/format.h>

#include <xtape/core/ops/conv1d.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/thread_pool.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/fit.hpp>

#include "measure.hpp"

using namespace xtape;
using bench::Settings;

namespace {

/// Inference, then whole steps of training on mean squared error.
void training(const Settings& s, const Sequential& model, const Tensor& x) {
  model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse"});
  bench::measure(s, "fwd", [&] { model.predict(x); });
  bench::measure(s, "step", [&] { model.train_on_batch(x, x); });
}

void autoencoder(
    const Settings& s, Index batch, Index steps, Index channels, Index wide, Index narrow, double rate) {
  const auto conv = [](Index filters) {
    return Conv1D(
        {.filters = filters, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"});
  };
  const auto transposed = [](Index filters) {
    return Conv1DTranspose(
        {.filters = filters, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"});
  };
  const Sequential model({Input({.shape = {steps, channels}}), conv(wide), Dropout({.rate = rate}),
      conv(narrow), transposed(narrow), Dropout({.rate = rate}), transposed(wide),
      Conv1DTranspose({.filters = channels, .kernel_size = 7, .padding = "same"})});
  training(s, model, random_normal({batch, steps, channels}));
}

void dense(const Settings& s) {
  const auto relu = [](Index units) { return Dense({.units = units, .activation = "relu"}); };
  const Sequential model(
      {Input({.shape = {784}}), relu(512), relu(256), relu(64), relu(256), relu(512), Dense({.units = 784})});
  training(s, model, random_normal({128, 784}));
}

struct LayerCase {
  Index in, out, kernel, strides, steps, batch;
};

void layer(const Settings& s, const std::string& name) {
  static const std::map<std::string, LayerCase> cases{{"oobleck1", {1024, 512, 12, 6, 64, 1}},
      {"oobleck2", {512, 256, 8, 4, 384, 1}}, {"oobleck3", {256, 128, 8, 4, 1536, 1}},
      {"oobleck4", {128, 128, 4, 2, 6144, 1}}, {"istft", {1026, 1, 1024, 256, 500, 1}},
      {"small", {16, 32, 7, 2, 72, 128}}, {"tiny", {4, 4, 3, 2, 16, 1}}, {"depth", {1, 1, 25, 1, 100000, 1}}};
  const LayerCase& c = cases.at(name);
  const Tensor x = random_normal({c.batch, c.steps, c.in}), w = random_normal({c.kernel, c.out, c.in});
  const auto forward = [&] {
    return conv1d_transpose(x, w, {.strides = c.strides, .x_steps = (c.steps - 1) * c.strides + c.kernel});
  };
  bench::measure(s, "fwd", [&] { forward(); });
  const Tensor dy = random_normal(forward().shape());
  bench::measure(s, "fwd_bwd", [&] {
    GradientTape tape;
    tape.watch(x);
    tape.watch(w);
    tape.gradient(forward(), {x, w}, {.output_gradients = {dy}});
  });
}

void tape(const Settings& s) {
  constexpr int ops = 1000;
  const Tensor start = full({4}, 1), b = full({4}, 1e-3);
  const auto chain = [&] {
    Tensor a = start;
    for (int i = 0; i < ops / 2; ++i) a = a * b + a;
    return a;
  };
  bench::measure(
      s, "fwd_per_op", [&] { chain(); }, ops);
  bench::measure(
      s, "fwd_bwd_per_op",
      [&] {
    GradientTape tape;
    tape.watch(start);
    tape.watch(b);
    tape.gradient(chain(), {start, b});
      },
      ops);
}

void varying_lengths(const Settings& s, bool transposed) {
  const Tensor w = random_normal({8, transposed ? 128 : 256, transposed ? 256 : 128});
  const auto call = [&](Index steps) {
    const Tensor x = random_normal({1, steps, 256});
    const auto begin = bench::Clock::now();
    if (transposed) {
      conv1d_transpose(x, w, {.strides = 4, .x_steps = (steps - 1) * 4 + 8});
    } else {
      conv1d(x, w, {.strides = 4});
    }
    return bench::ms_since(begin);
  };
  call(500);
  for (Index steps = 1000; steps < 1100; steps += 10) {
    const double first = call(steps);
    std::vector<double> rest;
    for (int i = 0; i < 15; ++i) rest.push_back(call(steps));
    std::sort(rest.begin(), rest.end());
    bench::print_line(s, fmt::format(R"("length":{},"first_ms":{:.4g},"median_ms":{:.4g},"min_ms":{:.4g})",
                             steps, first, rest[7], rest[0]));
  }
}

int usage() {
  fmt::print(stderr,
      "usage: bench CASE THREADS [SECONDS]\n"
      "cases: ae:B ae_nodrop:B wide dense layer:NAME tape varlen varlen_conv\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 4) return usage();
  const Settings s{argv[1], std::atoi(argv[2]), argc > 3 ? std::atof(argv[3]) : 2};
  set_num_threads(s.threads);
  set_random_seed(0);
  const auto colon = s.name.find(':');
  const std::string kind = s.name.substr(0, colon),
                    detail = colon == std::string::npos ? "" : s.name.substr(colon + 1);
  if ((kind == "ae" || kind == "ae_nodrop") && std::atol(detail.c_str()) > 0) {
    autoencoder(s, std::atol(detail.c_str()), 288, 1, 32, 16, kind == "ae" ? 0.2 : 0);
  } else if (s.name == "wide") {
    autoencoder(s, 32, 1024, 4, 128, 64, 0.2);
  } else if (s.name == "dense") {
    dense(s);
  } else if (kind == "layer") {
    layer(s, detail);
  } else if (s.name == "tape") {
    tape(s);
  } else if (s.name == "varlen" || s.name == "varlen_conv") {
    varying_lengths(s, s.name == "varlen");
  } else {
    return usage();
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench: {}\n", error.what());
  return 2;
}
