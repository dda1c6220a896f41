// Initializer: what gives a weight its first values.
#pragma once
#include <xtape/core/object.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct InitializerFamily {
  using Signature = Tensor(const Shape&, DType);
  static constexpr std::string_view kind = "initializer", module = "keras.initializers";
};
/// Taken as a name ("glorot_uniform"), an object (GlorotUniform({.seed = 1})) or any function Tensor(Shape, DType).
using Initializer = Object<InitializerFamily>;
extern template class Object<InitializerFamily>;
template <>
const Registry<Initializer>& registry<Initializer>();

}  // namespace xtape
