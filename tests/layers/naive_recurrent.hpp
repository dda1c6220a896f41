// SimpleRNN, LSTM and GRU as loops over single numbers: what the recurrent layers are compared with.
#pragma once
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape::testing {

struct NaiveRecurrent {
  std::string kind;  ///< "SimpleRNN", "LSTM" or "GRU"
  Tensor kernel, recurrent_kernel, bias;
  bool reset_after = true, backwards = false, zero_output = false;

  struct Result {
    std::vector<std::vector<std::vector<double>>> outputs;  ///< [sample][step in the order of the walk][unit]
    std::vector<std::vector<double>> h, c;                  ///< [sample][unit]
  };

  /// x (batch, steps, features); h and c the first states, mask (batch, steps), each may be None.
  Result operator()(
      const Tensor& x, const Tensor& h = {}, const Tensor& c = {}, const Tensor& mask = {}) const {
    Result result;
    const Index units = recurrent_kernel.dim(0);
    for (Index n = 0; n < x.dim(0); ++n) {
      std::vector<double> state(static_cast<std::size_t>(units)), memory(state), shown(state);
      for (Index j = 0; j < units; ++j) {
        if (h) state[static_cast<std::size_t>(j)] = h.at({n, j});
        if (c) memory[static_cast<std::size_t>(j)] = c.at({n, j});
      }
      std::vector<std::vector<double>> outputs;
      for (Index i = 0; i < x.dim(1); ++i) {
        const Index t = backwards ? x.dim(1) - 1 - i : i;
        if (!mask || mask.at({n, t}) != 0) {
          step([&](Index k) { return x.at({n, t, k}); }, state, memory);
          shown = state;
        } else if (zero_output) {
          shown.assign(shown.size(), 0);
        }
        outputs.push_back(shown);
      }
      result.outputs.push_back(outputs);
      result.h.push_back(state);
      result.c.push_back(memory);
    }
    return result;
  }

 private:
  static double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

  void step(const std::function<double(Index)>& x, std::vector<double>& h, std::vector<double>& c) const {
    const Index units = recurrent_kernel.dim(0);
    const auto from_x = [&](Index gate, Index j) {
      double sum = 0;
      for (Index k = 0; k < kernel.dim(0); ++k) sum += x(k) * kernel.at({k, gate * units + j});
      if (bias) sum += bias.rank() == 2 ? bias.at({0, gate * units + j}) : bias.at({gate * units + j});
      return sum;
    };
    const auto from_state = [&](const std::vector<double>& state, Index gate, Index j) {
      double sum = 0;
      for (Index k = 0; k < units; ++k)
        sum += state[static_cast<std::size_t>(k)] * recurrent_kernel.at({k, gate * units + j});
      if (bias && bias.rank() == 2) sum += bias.at({1, gate * units + j});
      return sum;
    };
    const std::vector<double> before = h;
    std::vector<double> reset(before);
    if (kind == "GRU")
      for (Index j = 0; j < units; ++j)
        reset[static_cast<std::size_t>(j)] *= sigmoid(from_x(1, j) + from_state(before, 1, j));
    for (Index j = 0; j < units; ++j) {
      double &out = h[static_cast<std::size_t>(j)], &memory = c[static_cast<std::size_t>(j)];
      const auto gate = [&](Index i) { return from_x(i, j) + from_state(before, i, j); };
      if (kind == "SimpleRNN") {
        out = std::tanh(gate(0));
      } else if (kind == "LSTM") {
        memory = sigmoid(gate(1)) * memory + sigmoid(gate(0)) * std::tanh(gate(2));
        out = sigmoid(gate(3)) * std::tanh(memory);
      } else {
        const double z = sigmoid(gate(0)), r = sigmoid(gate(1));
        const double past = reset_after ? r * from_state(before, 2, j) : from_state(reset, 2, j);
        out = z * before[static_cast<std::size_t>(j)] + (1 - z) * std::tanh(from_x(2, j) + past);
      }
    }
  }
};

}  // namespace xtape::testing
