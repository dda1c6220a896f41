// Constraint: a projection of a weight, applied after each update.
#pragma once
#include <xtape/core/object.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct ConstraintFamily {
  using Signature = Tensor(const Tensor&);
  static constexpr std::string_view kind = "constraint", module = "keras.constraints";
};
/// Taken as a name ("non_neg"), an object (MaxNorm({.max_value = 2})) or any function from a tensor to one of its shape.
using Constraint = Object<ConstraintFamily>;
extern template class Object<ConstraintFamily>;
template <>
const Registry<Constraint>& registry<Constraint>();

}  // namespace xtape
