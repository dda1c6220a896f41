#include "prepare.hpp"

#include <xtape/core/ops/cumulative.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>

namespace autoencoder1d {

using namespace xtape::placeholders;

Tensor without_baseline(const Tensor& x, Index width) {
  const Index half = width / 2;
  const Tensor sums = cumsum(pad(x, {{half + 1, half}, {0, 0}}, "edge"), 0);
  const Tensor sum_around = slice(sums, 0, width, _) - slice(sums, 0, 0, -width);
  return x - sum_around / width;
}

Series averaged(const Series& series, Index factor) {
  const Index steps = series.steps() / factor;
  const Tensor values = slice(series.values, 0, 0, steps * factor);
  Series result{series.path, mean(reshape(values, {steps, factor, -1}), 1), {}};
  result.steps_per_second = series.steps_per_second / static_cast<double>(factor);
  return result;
}

Standardization Standardization::of(const Tensor& values, const std::string& path) {
  require(values.dim(0) > 1, path, "is too short: it has one step");
  const Standardization found{xtape::mean(values, 0, true), stddev(values, 0, true, 1)};
  const Tensor usable = logical_and(isfinite(found.deviation), greater(found.deviation, 0));
  require(all(usable).item() != 0, path,
      "has a column whose values are all the same, or too large to count with");
  return found;
}

Series Standardization::operator()(const Series& series) const {
  require(series.values.dim(1) == mean.dim(1), series.path, "expected ", mean.dim(1),
      " columns of numbers, as in the training series (received ", series.values.dim(1), ")");
  Series result = series;
  result.values = (series.values - mean) / deviation;
  // Squares of what is larger do not fit in float32.
  require(max(abs(result.values)).item() < 1e15, series.path,
      "has values that are too far from those of the training series");
  return result;
}

Tensor windows_of(const Tensor& values, Index length, Index stride, Index at_least, const std::string& path) {
  const Index steps = values.dim(0), needed = length + (at_least - 1) * stride;
  require(steps >= needed, path, "is too short for a window of ", length, ": expected at least ", needed,
      " steps (received ", steps, ")");
  const Index count = (steps - length) / stride + 1;
  const auto upto = [](Index n) { return arange(0, static_cast<double>(n), 1, DType::int64); };
  const Tensor starts = reshape(upto(count) * stride, {count, 1});
  return take(cast(values, default_dtype()), starts + upto(length), 0);
}

}  // namespace autoencoder1d
