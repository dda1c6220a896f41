#include <xtape/core/object_impl.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/activations/activations.hpp>

namespace xtape {

/// The one list of activations.
template <>
const Registry<ActivationFunction>& registry<ActivationFunction>() {
  static const Registry<ActivationFunction> all = [] {
    using namespace activations;
    return Registry<ActivationFunction>::of<Linear, Relu>();
  }();
  return all;
}

template class Object<ActivationFamily>;

namespace activations {

Tensor Linear::operator()(const Tensor& x) const { return x; }
void Linear::get_config(Json& out) const { out = Json::object(); }
Tensor Relu::operator()(const Tensor& x) const { return relu(x); }
void Relu::get_config(Json& out) const { out = Json::object(); }

}  // namespace activations
}  // namespace xtape
