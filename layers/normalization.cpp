#include <algorithm>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/normalization.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {
namespace {

/// Appends the numbers of nested lists to `values`; returns their shape.
Shape read_numbers(const Json& json, std::vector<double>& values) {
  if (!json.is_array()) {
    from_json_value(json, values.emplace_back(), "Normalization: mean and variance");
    return {};
  }
  Shape row;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const Shape next = read_numbers(json[i], values);
    require(i == 0 || next == row, "Normalization",
        "the rows of mean and variance must have equal lengths (received ", json.dump(), ")");
    row = next;
  }
  return row.with(0, static_cast<Index>(json.size()));
}

Json write_numbers(const Tensor& t) {
  if (t.rank() == 0) return t.item();
  Json out = Json::array();
  for (Index i = 0; i < t.dim(0); ++i)
    out.push_back(write_numbers(t.rows(i, i + 1).view_as(t.shape().without(0))));
  return out;
}

}  // namespace

Statistic::Statistic(const Tensor& values) : values_(values ? cast(values, DType::float64) : Tensor()) {}

Json Statistic::to_json() const { return values_ ? write_numbers(values_) : Json(nullptr); }

Statistic Statistic::from_json(const Json& json) {
  if (json.is_null()) return {};
  std::vector<double> values;
  const Shape shape = read_numbers(json, values);
  return Tensor::from(values, shape);
}

Normalization::Normalization(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  const Statistic &mean = config_.mean, &variance = config_.variance;
  require(static_cast<bool>(mean) == static_cast<bool>(variance), class_name,
      "mean and variance must be given together");
  if (!mean) return;
  require(mean.values().shape() == variance.values().shape(), class_name,
      "mean and variance must have one shape (received ", mean.values().shape(), " and ",
      variance.values().shape(), ")");
  const auto axes = static_cast<Index>(config_.axis.numbers().size());
  require(mean.values().rank() <= axes, class_name, "mean must not have more axes than `axis` names, ", axes,
      " (received shape ", mean.values().shape(), ")");
}

Normalization::Normalization() : Normalization(Config{}) {}

Json Normalization::get_config() const {
  Json out = layer_config(*this, config_);
  out["axis"] = config_.axis.numbers();  // a list always, as Keras writes it
  return out;
}

std::vector<Index> Normalization::kept_axes(Index rank) const {
  if (config_.axis.all()) return {};
  std::vector<Index> axes = axes_of(config_.axis, rank, name());
  std::sort(axes.begin(), axes.end());
  return axes;
}

void Normalization::build_weights(const Shape& input_shape) const {
  const Shape lengths = lengths_along(input_shape, kept_axes(input_shape.rank()), name());
  if (config_.mean) {
    used(config_.mean, {}, input_shape);
    return;
  }
  add_weight(mean_, {.name = "mean", .shape = lengths, .initializer = "zeros", .trainable = false});
  add_weight(variance_, {.name = "variance", .shape = lengths, .initializer = "ones", .trainable = false});
  add_weight(count_,
      {.name = "count", .shape = {}, .initializer = "zeros", .trainable = false, .dtype = DType::int32});
}

void Normalization::check_input(const Shapes& input_shapes) const {
  const Shape& input_shape = single(input_shapes);
  if (!is_built()) return;
  const Shape& before = build_shapes()[0];
  require_rank(input_shape, before.rank());
  for (const Index axis : kept_axes(before.rank())) require_axis(input_shape, axis, before[axis]);
}

Tensor Normalization::used(const Statistic& given, const Variable& found, const Shape& input_shape) const {
  const std::vector<Index> axes = kept_axes(input_shape.rank());
  if (!given) return lying_along(found.current().detached(), input_shape, axes);
  // The last axis of what was given belongs to the last of the kept axes, and so on.
  const Tensor values = cast(given.values(), dtype());
  Shape lying = input_shape, full = input_shape;
  for (Index i = 0; i < input_shape.rank(); ++i) {
    lying[i] = 1;
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) full[i] = 1;
  }
  for (Index i = 1; i <= values.rank(); ++i) lying[axes[axes.size() - i]] = values.dim(-i);
  require(broadcast_shapes(lying, full, name()) == full, name(), "mean and variance must broadcast to ", full,
      " (received shape ", values.shape(), ")");
  return broadcast_to(reshape(values, lying), full);
}

Tensor Normalization::mean() const {
  if (!is_built()) throw StateError(concat(name(), ": there is no mean before the layer is built"));
  return used(config_.mean, mean_, build_shapes()[0]);
}

Tensor Normalization::variance() const {
  if (!is_built()) throw StateError(concat(name(), ": there is no variance before the layer is built"));
  return used(config_.variance, variance_, build_shapes()[0]);
}

void Normalization::adapt(const Tensors& batches) const {
  require(!config_.mean, name(), "adapt: mean and variance were given to the constructor");
  require(!batches.empty(), name(), "adapt needs at least one batch");
  const Index rank = batches[0].rank();
  const std::vector<Index> kept = kept_axes(rank);
  std::vector<Index> reduced;
  for (Index i = 0; i < rank; ++i)
    if (std::find(kept.begin(), kept.end(), i) == kept.end()) reduced.push_back(i);
  Shape shape = batches[0].shape();
  if (!reduced.empty() && reduced[0] == 0) shape[0] = None;
  build(shape);

  // The mean and the variance of two sets are found from those of each: the second adds to what is found so far by its
  // share of all numbers.
  Tensor total_mean, total_variance;
  double count = 0;
  for (const Tensor& batch : batches) {
    check_input({batch.shape()});
    const Tensor x = cast(batch, dtype()).detached();
    const Tensor batch_mean = xtape::mean(x, reduced), batch_variance = xtape::variance(x, reduced);
    const double more =
        static_cast<double>(x.size()) / static_cast<double>(std::max<Index>(batch_mean.size(), 1));
    if (more == 0) continue;
    count += more;
    if (!total_mean) {
      total_mean = batch_mean, total_variance = batch_variance;
      continue;
    }
    const double share = more / count;
    const Tensor joint = add(multiply(total_mean, 1 - share), multiply(batch_mean, share));
    total_variance = add(multiply(add(total_variance, square(subtract(total_mean, joint))), 1 - share),
        multiply(add(batch_variance, square(subtract(batch_mean, joint))), share));
    total_mean = joint;
  }
  require(static_cast<bool>(total_mean), name(), "adapt needs at least one number");
  mean_.assign(total_mean);
  variance_.assign(total_variance);
}

Tensor Normalization::call(const Tensor& x, const CallOptions&) const {
  const Tensor middle = used(config_.mean, mean_, x.shape());
  const Tensor deviation = maximum(sqrt(used(config_.variance, variance_, x.shape())), 1e-7);
  return config_.invert ? add(middle, multiply(x, deviation)) : divide(subtract(x, middle), deviation);
}

}  // namespace xtape
