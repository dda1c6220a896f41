#include <cmath>

#include <xtape/core/object_impl.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>

namespace xtape {

/// The one list of regularizers.
template <>
const Registry<Regularizer>& registry<Regularizer>() {
  static const Registry<Regularizer> all = [] {
    using namespace regularizers;
    auto r = Registry<Regularizer>::of<L1, L2, L1L2, OrthogonalRegularizer>();
    r.alias("l1_l2", "L1L2", {{"l1", 0.01}, {"l2", 0.01}});
    return r;
  }();
  return all;
}

template class Object<RegularizerFamily>;

namespace regularizers {
namespace {

void check_factor(double value, std::string_view owner, std::string_view name) {
  require(std::isfinite(value) && value >= 0, owner, name, " must be a non-negative number (received ", name,
      "=", value, ")");
}

}  // namespace

L1::L1(Config config) : config_(config) { check_factor(config_.l1, class_name, "l1"); }
Tensor L1::operator()(const Tensor& w) const { return config_.l1 * sum(abs(w)); }
void L1::get_config(Json& out) const { out = config_to_json(config_); }

L2::L2(Config config) : config_(config) { check_factor(config_.l2, class_name, "l2"); }
Tensor L2::operator()(const Tensor& w) const { return config_.l2 * sum(square(w)); }
void L2::get_config(Json& out) const { out = config_to_json(config_); }

L1L2::L1L2(Config config) : config_(config) {
  check_factor(config_.l1, class_name, "l1");
  check_factor(config_.l2, class_name, "l2");
}
Tensor L1L2::operator()(const Tensor& w) const {
  Tensor penalty = zeros({}, w.dtype());
  if (config_.l1 != 0) penalty = penalty + config_.l1 * sum(abs(w));
  if (config_.l2 != 0) penalty = penalty + config_.l2 * sum(square(w));
  return penalty;
}
void L1L2::get_config(Json& out) const { out = config_to_json(config_); }

OrthogonalRegularizer::OrthogonalRegularizer(Config config) : config_(std::move(config)) {
  check_factor(config_.factor, class_name, "factor");
  require(config_.mode == "rows" || config_.mode == "columns", class_name,
      "mode must be rows or columns (received mode=\"", config_.mode, "\")");
}
Tensor OrthogonalRegularizer::operator()(const Tensor& w) const {
  require(w.rank() == 2, class_name, "the weight must be a matrix (received shape ", w.shape(), ")");
  const bool rows = config_.mode == "rows";
  const Index count = w.dim(rows ? 0 : 1);
  if (count < 2) return 0.0 * sum(w);

  // Keras's normalize: a vector shorter than 1e-7 is taken to be of that length.
  const Tensor unit = w / sqrt(maximum(sum(square(w), rows ? 1 : 0, true), 1e-14));
  const Tensor cosines = matmul(unit, unit, {.transpose_a = !rows, .transpose_b = rows});
  const Tensor off_diagonal = cosines * (1.0 - eye(count, count, 0, w.dtype()));
  const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  return config_.factor / pairs * 0.5 * sum(abs(off_diagonal));
}
void OrthogonalRegularizer::get_config(Json& out) const { out = config_to_json(config_); }

bool is_additive(const Regularizer& regularizer) {
  return !regularizer || regularizer.as<L1>() || regularizer.as<L2>() || regularizer.as<L1L2>();
}

}  // namespace regularizers
}  // namespace xtape
