#include <algorithm>
#include <numeric>
#include <vector>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/reduction.hpp>
#include <xtape/optim/metrics/reduction.hpp>

namespace xtape::metrics {
namespace {

using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);

/// The axes from `first` on.
std::vector<Index> axes_from(Index first, Index rank) {
  std::vector<Index> axes(static_cast<std::size_t>(std::max<Index>(rank - first, 0)));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// One number a sample, and its weight (None without weights), in double.
struct Samplewise {
  Tensor values, weights;
};

Samplewise samplewise(const Tensor& given, const Tensor& sample_weight, Reduce reduce) {
  Tensor v = cast(given, DType::float64);
  Tensor w = sample_weight ? cast(sample_weight, DType::float64) : Tensor();
  if (w) {
    match_ranks(v, w);
    v = reduce(v, axes_from(w.rank(), v.rank()), false);
    w = broadcast_to(w, v.shape());
    v = multiply(v, w);
    w = reduce(w, axes_from(1, w.rank()), false);
  }
  return {reduce(v, axes_from(1, v.rank()), false), w};
}

double sum_of(const Tensor& t) { return sum(t).item(); }

}  // namespace

Tensor in_dtype(const Tensor& value, std::optional<DType> dtype) {
  return dtype ? cast(value, *dtype) : value;
}

void WeightedSum::add_means(const Tensor& values, const Tensor& sample_weight) {
  const auto [v, w] = samplewise(values, sample_weight, xtape::mean);
  const double added = sum_of(v);
  count_ += w ? sum_of(w) : static_cast<double>(v.rank() == 0 ? 1 : v.dim(0));
  total_ += added;
}

void WeightedSum::add_sums(const Tensor& values, const Tensor& sample_weight) {
  total_ += sum_of(samplewise(values, sample_weight, xtape::sum).values);
}

void MeanMetric::update_state(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  Tensor weight = sample_weight;
  if (mask && weight) {
    const Index rank = std::max(mask.rank(), weight.rank());
    weight = multiply(align_weight(weight, rank), cast(align_weight(mask, rank), DType::float64));
  } else if (mask) {
    weight = mask;
  }
  sum_->add_means(values(y_true, y_pred), weight);
}

}  // namespace xtape::metrics
