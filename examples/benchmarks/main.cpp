// bench CASE THREADS [SECONDS]: how long xtape takes for a piece of work.
//
//   ae:B, ae_nodrop:B   the autoencoder of the Keras page on time series anomalies, batch B, with and without dropout
//   wide                the same with 128 and 64 filters on 1024 steps of 4 channels, batch 32
//   dense               an autoencoder of Dense layers, 784 to 64 and back, batch 128
//   layer:NAME          one transposed convolution: oobleck1 ... oobleck4, istft, small, tiny, depth
//   tape                1000 elementwise ops on four floats; times are for one op
//   varlen, varlen_conv the first call and later ones at lengths that change
//   scale:L             the autoencoder on one sample of L steps; "scale": each L from 2^8 to 2^20
//   fit                 an epoch through fit, with progress bar and callbacks, and the same steps by train_on_batch
//
// "fwd" is the forward pass without a tape; "step" forward, loss, backward and Adam; "fwd_bwd" forward and backward to
// input and weight. Each line is a JSON object; times are milliseconds for one call. "gflops" counts products and
// convolutions alone (core/flops.hpp); "peak_gflops" is what as many threads reach with all numbers in registers.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/flops.hpp>
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
#include <xtape/optim/training/callbacks/early_stopping.hpp>
#include <xtape/optim/training/callbacks/terminate_on_nan.hpp>
#include <xtape/optim/training/fit.hpp>
#include <xtape/optim/training/profile.hpp>

#include "measure.hpp"

using namespace xtape;
using bench::Settings;

namespace {

/// The floating-point operations of a prediction, or with y of a step.
Index flops(const Sequential& model, const Tensor& x, const TensorList& y = {}) {
  return model.profile(x, y, {.steps = 1}).total().flops();
}

void compile(const Sequential& model) {
  model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse"});
}

/// Inference, then whole steps of training on mean squared error.
void training(const Settings& s, const Sequential& model, const Tensor& x) {
  compile(model);
  bench::measure_and_print(s, "fwd", [&] { model.predict(x); }, {.flops = [&] { return flops(model, x); }});
  bench::measure_and_print(
      s, "step", [&] { model.train_on_batch(x, x); }, {.flops = [&] { return flops(model, x, x); }});
}

struct AutoencoderCase {
  Index batch, steps = 288, channels = 1, wide = 32, narrow = 16;
  double rate = 0.2;
};

Sequential autoencoder(const AutoencoderCase& c) {
  const auto conv = [](Index filters) {
    return Conv1D(
        {.filters = filters, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"});
  };
  const auto transposed = [](Index filters) {
    return Conv1DTranspose(
        {.filters = filters, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"});
  };
  return Sequential({Input({.shape = {c.steps, c.channels}}), conv(c.wide), Dropout({.rate = c.rate}),
      conv(c.narrow), transposed(c.narrow), Dropout({.rate = c.rate}), transposed(c.wide),
      Conv1DTranspose({.filters = c.channels, .kernel_size = 7, .padding = "same"})});
}

void autoencoder_training(const Settings& s, const AutoencoderCase& c) {
  training(s, autoencoder(c), random_normal({c.batch, c.steps, c.channels}));
}

/// One sample of that length: time and memory for each of its steps. The pool's bytes are what this length took; the
/// program's are the most it ever held, shorter lengths before this one included.
void scale(const Settings& s, Index length) {
  buffer_pool::release();
  const Sequential model = autoencoder({.batch = 1, .steps = length});
  compile(model);
  const Tensor x = random_normal({1, length, 1});
  const auto print = [&](const std::string& what, const std::function<void()>& f, const TensorList& y) {
    const bench::Measured m = bench::measure(s, f);
    const auto points = static_cast<double>(length);
    const auto pool_bytes = static_cast<double>(buffer_pool::statistics().held_bytes);
    bench::print_line(s,
        bench::fields_of(what, m) +
            fmt::format(
                R"(,"length":{},"ns_per_point":{:.4g},"pool_bytes_per_point":{:.4g},"peak_rss_bytes_per_point":{:.4g})",
                length, 1e6 * m.median_ms / points, pool_bytes / points,
                1024.0 * static_cast<double>(m.peak_rss_kib) / points) +
            bench::roofline_fields(s, m.median_ms, flops(model, x, y)));
    buffer_pool::release();
  };
  print("fwd", [&] { model.predict(x); }, {});
  print(
      "step", [&] { model.train_on_batch(x, x); }, x);
}

/// What the loop around the steps costs. Epochs through fit and epochs of steps alone take turns, so that whatever else the
/// machine does meets both; the ratio is the median of those of neighbours.
void fit(const Settings& s) {
  constexpr Index batch = 128, batches = 30;
  const Sequential model = autoencoder({.batch = batch});
  compile(model);
  const Tensor x = random_normal({batches * batch, 288, 1});
  std::ostringstream bar;
  const auto epoch = [&] {
    bar.str("");
    model.fit(x, x,
        {.batch_size = batch,
            .verbose = 0,
            .callbacks = {ProgressBar(1, bar), TerminateOnNaN(), EarlyStopping({.monitor = "loss"})}});
  };
  const auto steps = [&] {
    for (Index first = 0; first < x.dim(0); first += batch) {
      const Tensor rows = x.rows(first, first + batch);
      model.train_on_batch(rows, rows);
    }
  };
  const auto ms_of = [](const auto& f) {
    const auto begin = bench::Clock::now();
    f();
    return bench::ms_since(begin);
  };
  epoch(), steps();
  std::vector<double> fits, alone, ratios;
  const auto begin = bench::Clock::now();
  while (fits.size() < 5 || bench::ms_since(begin) < 2e3 * s.seconds) {
    fits.push_back(ms_of(epoch));
    alone.push_back(ms_of(steps));
    ratios.push_back(fits.back() / alone.back());
  }
  const Tensor rows = x.rows(0, batch);
  const Index work = batches * flops(model, rows, rows);
  const auto print = [&](const std::string& what, const std::vector<double>& ms, const std::string& more) {
    const double median = bench::median(ms);
    bench::print_line(s, fmt::format(R"("what":"{}","median_ms":{:.6g},"min_ms":{:.6g},"n":{})", what, median,
                             *std::min_element(ms.begin(), ms.end()), ms.size()) +
                             more + bench::roofline_fields(s, median, work));
  };
  print("steps", alone, "");
  print("fit", fits, fmt::format(R"(,"ratio":{:.4g})", bench::median(ratios)));
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
  const Index work = flops(Op::conv1d_transpose, {x.shape(), w.shape()}, forward().shape());
  bench::measure_and_print(s, "fwd", [&] { forward(); }, {.flops = [=] { return work; }});
  const Tensor dy = random_normal(forward().shape());
  const auto forward_and_backward = [&] {
    GradientTape tape;
    tape.watch(x);
    tape.watch(w);
    tape.gradient(forward(), {x, w}, {.output_gradients = {dy}});
  };
  bench::measure_and_print(s, "fwd_bwd", forward_and_backward, {.flops = [=] { return 3 * work; }});
}

void tape(const Settings& s) {
  constexpr int ops = 1000;
  const Tensor start = full({4}, 1), b = full({4}, 1e-3);
  const auto chain = [&] {
    Tensor a = start;
    for (int i = 0; i < ops / 2; ++i) a = a * b + a;
    return a;
  };
  const auto forward_and_backward = [&] {
    GradientTape tape;
    tape.watch(start);
    tape.watch(b);
    tape.gradient(chain(), {start, b});
  };
  bench::measure_and_print(s, "fwd_per_op", [&] { chain(); }, {.per = ops});
  bench::measure_and_print(s, "fwd_bwd_per_op", forward_and_backward, {.per = ops});
}

void varying_lengths(const Settings& s, bool transposed) {
  const Tensor w = random_normal({8, transposed ? 128 : 256, transposed ? 256 : 128});
  Index work = 0;
  const auto call = [&](Index steps) {
    const Tensor x = random_normal({1, steps, 256});
    const auto begin = bench::Clock::now();
    const Tensor y = transposed ? conv1d_transpose(x, w, {.strides = 4, .x_steps = (steps - 1) * 4 + 8})
                                : conv1d(x, w, {.strides = 4});
    const double ms = bench::ms_since(begin);
    work = flops(transposed ? Op::conv1d_transpose : Op::conv1d, {x.shape(), w.shape()}, y.shape());
    return ms;
  };
  call(500);
  for (Index steps = 1000; steps < 1100; steps += 10) {
    const double first = call(steps);
    std::vector<double> rest;
    for (int i = 0; i < 15; ++i) rest.push_back(call(steps));
    std::sort(rest.begin(), rest.end());
    bench::print_line(s, fmt::format(R"("length":{},"first_ms":{:.4g},"median_ms":{:.4g},"min_ms":{:.4g})",
                             steps, first, rest[7], rest[0]) +
                             bench::roofline_fields(s, rest[7], work));
  }
}

int usage() {
  fmt::print(stderr,
      "usage: bench CASE THREADS [SECONDS]\n"
      "cases: ae:B ae_nodrop:B wide dense layer:NAME tape varlen varlen_conv scale[:L] fit\n");
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
  const Index number = std::atol(detail.c_str());
  if ((kind == "ae" || kind == "ae_nodrop") && number > 0) {
    autoencoder_training(s, {.batch = number, .rate = kind == "ae" ? 0.2 : 0});
  } else if (s.name == "wide") {
    autoencoder_training(s, {.batch = 32, .steps = 1024, .channels = 4, .wide = 128, .narrow = 64});
  } else if (kind == "scale" && number > 0) {
    scale(s, number);
  } else if (s.name == "scale") {
    for (Index length = 1 << 8; length <= 1 << 20; length *= 2) scale(s, length);
  } else if (s.name == "fit") {
    fit(s);
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
