#include <numeric>
#include <vector>

#include <xtape/core/object_impl.hpp>
#include <xtape/layers/activations/activations.hpp>

namespace xtape {

/// The one list of activations, and Keras's other names.
template <>
const Registry<ActivationFunction>& registry<ActivationFunction>() {
  static const Registry<ActivationFunction> all = [] {
    using namespace activations;
    auto r = Registry<ActivationFunction>::of<Celu, Elu, Exponential, Gelu, Glu, HardShrink, HardSigmoid,
        HardSigmoidTf24, HardSilu, HardTanh, LeakyRelu, Linear, LogSigmoid, LogSoftmax, Mish, Relu, Relu6,
        Selu, Sigmoid, Silu, SoftShrink, Softmax, Softplus, Softsign, SparsePlus, SparseSigmoid, Sparsemax,
        Squareplus, Tanh, TanhShrink, Threshold>();
    r.alias("hard_swish", "HardSilu");
    r.alias("swish", "Silu");
    return r;
  }();
  return all;
}

template class Object<ActivationFamily>;

namespace activations {

Tensor softmax_of(const Tensor& x, const Axes& axis) {
  std::vector<Index> axes = axis.numbers();
  if (axis.all()) {
    axes.resize(static_cast<std::size_t>(x.rank()));
    std::iota(axes.begin(), axes.end(), Index{0});
  }
  return softmax(x, axes);
}

template <class Arguments>
void write_config(const Arguments& arguments, Json& out) {
  out = config_to_json(arguments);
}
template void write_config(const NoArguments&, Json&);
template void write_config(const Alpha&, Json&);
template void write_config(const Approximate&, Json&);
template void write_config(const NegativeSlope&, Json&);
template void write_config(const ReluArguments&, Json&);
template void write_config(const ShrinkThreshold&, Json&);
template void write_config(const SquareplusArguments&, Json&);
template void write_config(const ThresholdArguments&, Json&);
template void write_config(const Axis&, Json&);
template void write_config(const SoftmaxArguments&, Json&);

bool is_plain_relu(const ActivationFunction& activation) {
  const Relu* relu = activation.as<Relu>();
  return relu && relu->config().negative_slope == 0 && !relu->config().max_value &&
         relu->config().threshold == 0;
}

bool is_step_by_step(const ActivationFunction& activation) {
  if (!activation) return true;
  const auto is_last = [](Index axis) { return axis == -1 || axis == 2; };
  if (const auto* f = activation.as<Glu>()) return is_last(f->config().axis);
  if (const auto* f = activation.as<LogSoftmax>()) return is_last(f->config().axis);
  if (const auto* f = activation.as<Sparsemax>()) return is_last(f->config().axis);
  if (const auto* f = activation.as<Softmax>()) return f->config().axis.is_last(3);
  return registry<ActivationFunction>().find(std::string(activation.class_name())) != nullptr;
}

}  // namespace activations
}  // namespace xtape
