// ActivationFunction: what a layer applies to its output, element by element or along an axis.
#pragma once
#include <xtape/core/object.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct ActivationFamily {
  using Signature = Tensor(const Tensor&);
  static constexpr std::string_view kind = "activation", module = "keras.activations", none_name = "linear";
  static Tensor none(const Tensor& x) { return x; }
};
/// Taken as a name ("relu"), an object (activations::Elu({.alpha = 0.5})) or any function of a tensor; None is linear.
using ActivationFunction = Object<ActivationFamily>;
extern template class Object<ActivationFamily>;
template <>
const Registry<ActivationFunction>& registry<ActivationFunction>();

}  // namespace xtape
