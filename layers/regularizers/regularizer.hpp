// Regularizer: a penalty on a weight or an output, added to the loss.
#pragma once
#include <xtape/core/object.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct RegularizerFamily {
  using Signature = Tensor(const Tensor&);
  static constexpr std::string_view kind = "regularizer", module = "keras.regularizers";
};
/// Taken as a name ("l2"), an object (L2({.l2 = 0.01})) or any function from a tensor to a scalar.
using Regularizer = Object<RegularizerFamily>;
extern template class Object<RegularizerFamily>;
template <>
const Registry<Regularizer>& registry<Regularizer>();

}  // namespace xtape
