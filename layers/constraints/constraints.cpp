#include <xtape/core/object_impl.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/constraints/constraints.hpp>

namespace xtape {

/// The one list of constraints, and TensorFlow's other names.
template <>
const Registry<Constraint>& registry<Constraint>() {
  static const Registry<Constraint> all = [] {
    using namespace constraints;
    auto r = Registry<Constraint>::of<MaxNorm, MinMaxNorm, NonNeg, UnitNorm>();
    r.alias("maxnorm", "MaxNorm");
    r.alias("nonneg", "NonNeg");
    r.alias("unitnorm", "UnitNorm");
    return r;
  }();
  return all;
}

template class Object<ConstraintFamily>;

namespace constraints {
namespace {

constexpr double epsilon = 1e-7;

}  // namespace

Tensor MaxNorm::operator()(const Tensor& w) const {
  const Tensor length = norm(w, 2, config_.axis, true);
  return w * (clip(length, 0, config_.max_value) / (epsilon + length));
}
void MaxNorm::get_config(Json& out) const { out = config_to_json(config_); }

Tensor MinMaxNorm::operator()(const Tensor& w) const {
  const Tensor length = norm(w, 2, config_.axis, true);
  const Tensor wanted =
      config_.rate * clip(length, config_.min_value, config_.max_value) + (1 - config_.rate) * length;
  return w * (wanted / (epsilon + length));
}
void MinMaxNorm::get_config(Json& out) const { out = config_to_json(config_); }

Tensor NonNeg::operator()(const Tensor& w) const { return maximum(w, 0.0); }
void NonNeg::get_config(Json& out) const { out = Json::object(); }

Tensor UnitNorm::operator()(const Tensor& w) const { return w / (epsilon + norm(w, 2, config_.axis, true)); }
void UnitNorm::get_config(Json& out) const { out = config_to_json(config_); }

}  // namespace constraints
}  // namespace xtape
