#include <xtape/core/object_impl.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/constraints/constraints.hpp>

namespace xtape {

/// The one list of constraints, and TensorFlow's other names.
template <>
const Registry<Constraint>& registry<Constraint>() {
  static const Registry<Constraint> all = [] {
    using namespace constraints;
    auto r = Registry<Constraint>::of<NonNeg>();
    r.alias("nonneg", "NonNeg");
    return r;
  }();
  return all;
}

template class Object<ConstraintFamily>;

namespace constraints {

Tensor NonNeg::operator()(const Tensor& w) const { return relu(w); }
void NonNeg::get_config(Json& out) const { out = Json::object(); }

}  // namespace constraints
}  // namespace xtape
