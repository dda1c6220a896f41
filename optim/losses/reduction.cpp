#include <algorithm>
#include <array>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>

namespace xtape {
namespace {

constexpr std::array reduction_names{std::string_view("sum_over_batch_size"), std::string_view("sum"),
    std::string_view("mean"), std::string_view("mean_with_sample_weight"), std::string_view("none")};

}  // namespace

Reduction reduction_from_name(const std::optional<std::string>& name) {
  if (!name) return Reduction::none;
  const auto found = std::find(reduction_names.begin(), reduction_names.end(), *name);
  require(found != reduction_names.end(), "Loss",
      "reduction must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight, none (received \"",
      *name, "\")");
  return static_cast<Reduction>(found - reduction_names.begin());
}

std::string_view name(Reduction reduction) { return reduction_names[static_cast<std::size_t>(reduction)]; }

void match_ranks(Tensor& a, Tensor& b) {
  if (a.rank() == b.rank() + 1 && a.dim(-1) == 1) {
    if (b.rank() == 1) {
      b = expand_dims(b, -1);
    } else {
      a = squeeze(a, -1);
    }
  } else if (b.rank() == a.rank() + 1 && b.dim(-1) == 1) {
    match_ranks(b, a);
  }
}

Compared compared(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  Compared y{y_true, is_floating(y_pred.dtype()) ? y_pred : cast(y_pred, default_dtype())};
  y.y_true = cast(y.y_true, y.y_pred.dtype());
  match_ranks(y.y_true, y.y_pred);
  broadcast_shapes(y.y_true.shape(), y.y_pred.shape(), owner);
  return y;
}

Tensor align_weight(const Tensor& weight, Index rank) {
  if (!weight || weight.rank() == 0) return weight;
  Tensor w = weight;
  if (w.rank() == rank + 1 && w.dim(-1) == 1) w = squeeze(w, -1);
  while (w.rank() < rank) w = expand_dims(w, -1);
  return w;
}

WeightedValues weigh(
    const Tensor& values, const Tensor& sample_weight, const Tensor& mask, Reduction reduction) {
  Tensor v = values, w = sample_weight ? cast(sample_weight, v.dtype()) : Tensor();
  if (w) {
    match_ranks(v, w);
    w = align_weight(w, v.rank());
  }
  const Tensor m = mask ? align_weight(cast(mask, v.dtype()), v.rank()) : Tensor();
  if (m) w = w ? multiply(w, m) : m;
  if (w) v = multiply(v, w);
  const auto total = [](const Tensor& t) { return sum(cast(t, DType::float64)).item(); };
  double count = static_cast<double>(v.size());
  if (reduction == Reduction::mean_with_sample_weight && w) {
    count = total(w);
  } else if (m && m.size() > 0) {
    count *= total(m) / static_cast<double>(m.size());
  }
  return {v, count, static_cast<bool>(m)};
}

Tensor reduce_weighted_values(
    const Tensor& values, const Tensor& sample_weight, Reduction reduction, const Tensor& mask) {
  const WeightedValues w = weigh(values, sample_weight, mask, reduction);
  if (reduction == Reduction::none || w.values.rank() == 0) return w.values;
  const Tensor total = sum(w.values);
  if (reduction == Reduction::sum) return total;
  return w.count == 0 ? multiply(total, 0) : divide(total, w.count);
}

}  // namespace xtape
