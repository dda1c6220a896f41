// All activations as objects: the functions of core/ops/nn.hpp, where their formulas stand, under their names and with
// their arguments. In a config each goes by its name, "relu", when its arguments are the defaults.
// https://keras.io/api/layers/activations/
#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <xtape/core/config.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/activations/activation.hpp>

namespace xtape::activations {

/// A string that can be a template argument.
template <std::size_t n>
struct Name {
  constexpr Name(const char (&text)[n]) { std::copy_n(text, n, characters); }
  constexpr operator std::string_view() const { return {characters, n - 1}; }
  char characters[n] = {};
};

struct NoArguments {
  static constexpr auto fields() { return std::tuple{}; }
};
template <class Arguments>
void write_config(const Arguments& arguments, Json& out);

/// The activation `name`: x -> function(x, the arguments in the order of fields()...).
template <Name name, auto function, class Arguments = NoArguments>
class Function {
 public:
  static constexpr std::string_view class_name = name;
  using Config = Arguments;
  Function() = default;
  explicit Function(Config config) : config_(std::move(config)) {}
  Tensor operator()(const Tensor& x) const {
    return std::apply(
        [&](const auto&... field) { return function(x, config_.*field.member...); }, Config::fields());
  }
  const Config& config() const { return config_; }
  void get_config(Json& out) const { write_config(config_, out); }

 private:
  Config config_ = {};
};

// ---- without arguments ----

using Exponential = Function<"Exponential", xtape::exponential>;
using HardSigmoid = Function<"HardSigmoid", xtape::hard_sigmoid>;
/// TensorFlow 2.4's hard_sigmoid, for its models: in Keras 3 that name means relu6(x + 3) / 6.
using HardSigmoidTf24 = Function<"HardSigmoidTf24", xtape::hard_sigmoid_tf24>;
using HardSilu = Function<"HardSilu", xtape::hard_silu>;
using HardSwish = HardSilu;
using HardTanh = Function<"HardTanh", xtape::hard_tanh>;
using Linear = Function<"Linear", xtape::linear>;
using LogSigmoid = Function<"LogSigmoid", xtape::log_sigmoid>;
using Mish = Function<"Mish", xtape::mish>;
using Relu6 = Function<"Relu6", xtape::relu6>;
using Selu = Function<"Selu", xtape::selu>;
using Sigmoid = Function<"Sigmoid", xtape::sigmoid>;
using Silu = Function<"Silu", xtape::silu>;
using Swish = Silu;
using Softplus = Function<"Softplus", xtape::softplus>;
using Softsign = Function<"Softsign", xtape::softsign>;
using SparsePlus = Function<"SparsePlus", xtape::sparse_plus>;
using SparseSigmoid = Function<"SparseSigmoid", xtape::sparse_sigmoid>;
/// y = (e^x - e^-x) / (e^x + e^-x)
using Tanh = Function<"Tanh", xtape::tanh>;
using TanhShrink = Function<"TanhShrink", xtape::tanh_shrink>;

// ---- with arguments ----

struct Alpha {
  double alpha = 1;
  static constexpr auto fields() {
    return std::tuple{Field{"alpha", &Alpha::alpha, "How far down large negative x go."}};
  }
};
using Celu = Function<"Celu", xtape::celu, Alpha>;
using Elu = Function<"Elu", xtape::elu, Alpha>;

struct Approximate {
  bool approximate = false;
  static constexpr auto fields() {
    return std::tuple{Field{"approximate", &Approximate::approximate, "Whether to use the form with tanh."}};
  }
};
using Gelu = Function<"Gelu", xtape::gelu, Approximate>;

struct NegativeSlope {
  double negative_slope = 0.2;
  static constexpr auto fields() {
    return std::tuple{Field{"negative_slope", &NegativeSlope::negative_slope, "The slope below 0."}};
  }
};
using LeakyRelu = Function<"LeakyRelu", xtape::leaky_relu, NegativeSlope>;

struct ReluArguments {
  double negative_slope = 0;
  std::optional<double> max_value = {};
  double threshold = 0;
  static constexpr auto fields() {
    using C = ReluArguments;
    return std::tuple{Field{"negative_slope", &C::negative_slope, "The slope below the threshold."},
        Field{"max_value", &C::max_value, "The greatest result; none when absent."},
        Field{"threshold", &C::threshold, "Up to here x counts as small."}};
  }
};
inline Tensor relu_of(
    const Tensor& x, double negative_slope, std::optional<double> max_value, double threshold) {
  return relu(x, {negative_slope, max_value, threshold});
}
using Relu = Function<"Relu", relu_of, ReluArguments>;
/// Whether it is y = max(x, 0), which kernels can do in passing (Finish).
bool is_plain_relu(const ActivationFunction& activation);
/// Whether it is one of these that makes each step of (batch, steps, channels) of that step alone; of others nobody knows.
bool is_step_by_step(const ActivationFunction& activation);

struct ShrinkThreshold {
  double threshold = 0.5;
  static constexpr auto fields() {
    return std::tuple{Field{"threshold", &ShrinkThreshold::threshold, "Up to here |x| becomes 0."}};
  }
};
using HardShrink = Function<"HardShrink", xtape::hard_shrink, ShrinkThreshold>;
using SoftShrink = Function<"SoftShrink", xtape::soft_shrink, ShrinkThreshold>;

struct SquareplusArguments {
  double b = 4;
  static constexpr auto fields() {
    return std::tuple{Field{"b", &SquareplusArguments::b, "How round the corner at 0 is."}};
  }
};
using Squareplus = Function<"Squareplus", xtape::squareplus, SquareplusArguments>;

/// Keras gives no defaults to these two; by name alone both are 0, which is relu but for its gradient.
struct ThresholdArguments {
  double threshold = 0;
  double default_value = 0;
  static constexpr auto fields() {
    using C = ThresholdArguments;
    return std::tuple{Field{"threshold", &C::threshold, "Above it x stays."},
        Field{"default_value", &C::default_value, "The result for other x."}};
  }
};
using Threshold = Function<"Threshold", xtape::threshold, ThresholdArguments>;

struct Axis {
  Index axis = -1;
  static constexpr auto fields() {
    return std::tuple{Field{"axis", &Axis::axis, "The axis along which entries belong together."}};
  }
};
using Glu = Function<"Glu", xtape::glu, Axis>;
using LogSoftmax = Function<"LogSoftmax", xtape::log_softmax, Axis>;
using Sparsemax = Function<"Sparsemax", xtape::sparsemax, Axis>;

struct SoftmaxArguments {
  Axes axis = -1;
  static constexpr auto fields() {
    return std::tuple{
        Field{"axis", &SoftmaxArguments::axis, "The axis, or axes, along which the results sum to 1."}};
  }
};
Tensor softmax_of(const Tensor& x, const Axes& axis);
using Softmax = Function<"Softmax", softmax_of, SoftmaxArguments>;

}  // namespace xtape::activations
