// The convolutional autoencoder of the Keras page "Timeseries anomaly detection using an Autoencoder", small and without
// dropout, trained next to a reference of plain loops that shares no code with the library: forward pass, backward pass
// and Adam as their formulas say. The losses of two hundred steps must be the same.
#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <xtape/core/ops/random.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/batch.hpp>
#include <xtape/optim/training/compile.hpp>

using namespace xtape;

namespace {

using Numbers1 = std::vector<double>;

/// An array with its gradient and Adam's two averages.
struct Parameter {
  Numbers1 value, gradient, m, v;
  explicit Parameter(Numbers1 initial)
      : value(std::move(initial)), gradient(value.size()), m(value.size()), v(value.size()) {}

  void adam_step(int t, double rate) {
    const double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
    const double step = rate * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t));
    for (std::size_t i = 0; i < value.size(); ++i) {
      m[i] = beta_1 * m[i] + (1 - beta_1) * gradient[i];
      v[i] = beta_2 * v[i] + (1 - beta_2) * gradient[i] * gradient[i];
      value[i] -= step * m[i] / (std::sqrt(v[i]) + epsilon);
      gradient[i] = 0;
    }
  }
};

/// One sample's (steps, channels).
struct Signal {
  int steps, channels;
  Numbers1 at;
  Signal(int s, int c) : steps(s), channels(c), at(static_cast<std::size_t>(s * c)) {}
  double& operator()(int s, int c) { return at[static_cast<std::size_t>(s * channels + c)]; }
};

/// A convolution with padding "same" and what it remembers between its two passes. Of its two sides the long one has the
/// steps a * stride + j - left, where a is a step of the short one and j one of the kernel: a convolution goes from the
/// long side to the short one, a transposed one the other way.
struct Convolution {
  bool transposed, relu;
  int inputs, filters, kernel_size, stride;
  Parameter kernel, bias;
  Signal x = {0, 0}, y = {0, 0};

  double& weight(Numbers1& w, int j, int c, int f) const {
    const int place = transposed ? (j * filters + f) * inputs + c : (j * inputs + c) * filters + f;
    return w[static_cast<std::size_t>(place)];
  }

  /// Calls use(input step, output step, j) for every pair that a weight connects.
  template <class F>
  void for_connections(F use) const {
    const int shorter = transposed ? x.steps : y.steps, longer = transposed ? y.steps : x.steps;
    const int needed = (shorter - 1) * stride + kernel_size, left = std::max(needed - longer, 0) / 2;
    for (int a = 0; a < shorter; ++a)
      for (int j = 0; j < kernel_size; ++j) {
        const int b = a * stride + j - left;
        if (0 <= b && b < longer) use(transposed ? a : b, transposed ? b : a, j);
      }
  }

  Signal forward(const Signal& input) {
    x = input;
    y = Signal(transposed ? x.steps * stride : (x.steps + stride - 1) / stride, filters);
    for (int s = 0; s < y.steps; ++s)
      for (int f = 0; f < filters; ++f) y(s, f) = bias.value[static_cast<std::size_t>(f)];
    for_connections([&](int from, int to, int j) {
      for (int c = 0; c < inputs; ++c)
        for (int f = 0; f < filters; ++f) y(to, f) += weight(kernel.value, j, c, f) * x(from, c);
    });
    if (relu)
      for (double& v : y.at) v = std::max(v, 0.0);
    return y;
  }

  Signal backward(Signal dy) {
    if (relu)
      for (std::size_t i = 0; i < dy.at.size(); ++i)
        if (y.at[i] <= 0) dy.at[i] = 0;
    for (int s = 0; s < y.steps; ++s)
      for (int f = 0; f < filters; ++f) bias.gradient[static_cast<std::size_t>(f)] += dy(s, f);
    Signal dx(x.steps, x.channels);
    for_connections([&](int from, int to, int j) {
      for (int c = 0; c < inputs; ++c)
        for (int f = 0; f < filters; ++f) {
          weight(kernel.gradient, j, c, f) += x(from, c) * dy(to, f);
          dx(from, c) += weight(kernel.value, j, c, f) * dy(to, f);
        }
    });
    return dx;
  }
};

/// One training step on a batch (samples, steps, 1) whose truth is itself; the loss before the step.
double reference_step(
    std::vector<Convolution>& layers, const Numbers1& batch, int steps, int t, double rate) {
  const auto entries = static_cast<double>(batch.size());
  double loss = 0;
  for (std::size_t first = 0; first < batch.size(); first += static_cast<std::size_t>(steps)) {
    Signal truth(steps, 1);
    std::copy_n(batch.begin() + static_cast<std::ptrdiff_t>(first), steps, truth.at.begin());
    Signal signal = truth;
    for (Convolution& layer : layers) signal = layer.forward(signal);
    for (int s = 0; s < steps; ++s) {
      const double error = signal(s, 0) - truth(s, 0);
      loss += error * error / entries;
      signal(s, 0) = 2 * error / entries;
    }
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) signal = layer->backward(signal);
  }
  for (Convolution& layer : layers) {
    layer.kernel.adam_step(t, rate);
    layer.bias.adam_step(t, rate);
  }
  return loss;
}

}  // namespace

TEST_CASE("two hundred steps of the autoencoder follow a reference of plain loops") {
  constexpr Index samples = 6, steps = 24;
  const double rate = 1e-2;
  const auto same = DType::float64;
  const Sequential model({
      Input({.shape = {steps, 1}, .dtype = same}),
      Conv1D({.filters = 6,
          .kernel_size = 7,
          .strides = 2,
          .padding = "same",
          .activation = "relu",
          .dtype = same}),
      Conv1D({.filters = 4,
          .kernel_size = 7,
          .strides = 2,
          .padding = "same",
          .activation = "relu",
          .dtype = same}),
      Conv1DTranspose({.filters = 4,
          .kernel_size = 7,
          .strides = 2,
          .padding = "same",
          .activation = "relu",
          .dtype = same}),
      Conv1DTranspose({.filters = 6,
          .kernel_size = 7,
          .strides = 2,
          .padding = "same",
          .activation = "relu",
          .dtype = same}),
      Conv1DTranspose({.filters = 1, .kernel_size = 7, .padding = "same", .dtype = same}),
  });
  Tensors weights;
  for (const Tensor& w : model.get_weights())
    weights.push_back(random_uniform(
        w.shape(), -0.3, 0.35, {.key = RandomKey{5, weights.size()}, .dtype = DType::float64}));
  model.set_weights(weights);
  model.compile({.optimizer = Adam({.learning_rate = rate}), .loss = "mse"});

  std::vector<Convolution> layers;
  for (std::size_t i = 0; i < 5; ++i) {
    const Tensor &kernel = weights[2 * i], &bias = weights[2 * i + 1];
    const bool transposed = i >= 2;
    layers.push_back(
        {transposed, i < 4, static_cast<int>(kernel.dim(transposed ? 2 : 1)), static_cast<int>(bias.size()),
            7, i < 4 ? 2 : 1, Parameter(kernel.to_vector()), Parameter(bias.to_vector())});
  }

  double first = 0, last = 0, worst = 0;
  for (int t = 1; t <= 200; ++t) {
    const auto key = RandomKey{6, static_cast<std::uint64_t>(t % 4)};
    const Tensor x = random_uniform({samples, steps, 1}, -1, 1, {.key = key, .dtype = DType::float64});
    const double expected = reference_step(layers, x.to_vector(), steps, t, rate);
    const double loss = model.train_on_batch(x, x)["loss"];
    worst = std::max(worst, std::abs(loss - expected) / expected);
    (t == 1 ? first : last) = expected;
  }
  CHECK(worst < 1e-9);
  CHECK(last < 0.5 * first);  // both have learned something
}
