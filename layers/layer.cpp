#include <algorithm>
#include <map>
#include <mutex>

#include <nlohmann/json.hpp>

#include <xtape/core/config.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/name_scope.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/regularizers/regularizers.hpp>

namespace xtape {
namespace {

std::mutex names_mutex;
std::map<std::string, int>& name_counts() {
  static std::map<std::string, int> counts;
  return counts;
}

Shapes shapes_of(const Tensors& inputs) {
  Shapes shapes;
  shapes.reserve(inputs.size());
  for (const Tensor& x : inputs) shapes.push_back(x.shape());
  return shapes;
}

}  // namespace

std::string unique_layer_name(std::string_view class_name) {
  const std::string base = to_snake_case(class_name);
  const std::lock_guard lock(names_mutex);
  const int before = name_counts()[base]++;
  return before == 0 ? base : concat(base, '_', before);
}

void clear_session() {
  const std::lock_guard lock(names_mutex);
  name_counts().clear();
}

Layer::Layer(std::string_view class_name, const std::string& name, bool trainable, std::optional<DType> dtype,
    const std::optional<Shape>& input_shape)
    : state_(std::make_shared<State>()) {
  require(name.find('/') == std::string::npos, class_name, "name must not hold a \"/\" (received name=\"",
      name, "\")");
  state_->name = name.empty() ? unique_layer_name(class_name) : name;
  state_->trainable = trainable;
  state_->dtype = dtype.value_or(default_dtype());
  if (!is_floating(state_->dtype)) throw_not_floating(state_->dtype, class_name);
  if (input_shape) state_->batch_shape = input_shape->with(0, None);
}

Tensor Layer::operator()(const Tensor& x, const CallOptions& options) const {
  Tensors outputs = apply({x}, options);
  require(outputs.size() == 1, name(), "the layer has ", outputs.size(),
      " outputs; call it with a list of inputs to get them");
  return std::move(outputs[0]);
}

Tensors Layer::operator()(const Tensors& inputs, const CallOptions& options) const {
  return apply(inputs, options);
}

Tensors Layer::prepared(const Tensors& inputs, const CallOptions& options) const {
  require(!inputs.empty(), name(), "needs at least one input");
  Tensors adapted = cast_inputs(inputs);
  Shapes shapes = shapes_of(adapted);
  if (options.first_step)
    for (Shape& shape : shapes)
      if (shape.rank() > 1) shape[1] = None;
  if (!is_built()) build(shapes);
  check_input(shapes);
  return adapted;
}

Tensors Layer::apply(const Tensors& inputs, const CallOptions& options) const {
  const NameScope scope(name());
  const Tensors adapted = prepared(inputs, options);
  std::vector<Tensor> own_losses;
  CallOptions inner = options;
  if (!inner.losses) inner.losses = &own_losses;
  Tensors found_masks;  // by a layer that has them from its parts
  if (options.output_masks) inner.output_masks = &found_masks;
  Tensors outputs = call_many(adapted, inner);
  if (activity_regularizer()) {
    for (const Tensor& y : outputs)
      inner.add_loss(divide(activity_regularizer()(y), y.rank() > 0 ? std::max<Index>(y.dim(0), 1) : 1));
  }
  if (options.output_masks)
    *options.output_masks =
        found_masks.empty() ? compute_mask(adapted, options.masks) : std::move(found_masks);
  if (!options.losses) state_->call_losses = std::move(own_losses);
  return outputs;
}

Tensors Layer::cast_inputs(const Tensors& inputs) const {
  Tensors out = inputs;
  for (Tensor& x : out)
    if (is_floating(x.dtype()) && x.dtype() != dtype()) x = cast(x, dtype());
  return out;
}

Tensors Layer::call_part(const Layer& part, const Tensors& inputs, const CallOptions& options) {
  const NameScope scope(part.name());
  return part.call_many(part.prepared(inputs, options), options);
}

void Layer::build_part(const Layer& part, const Shapes& input_shapes) const {
  part.build(input_shapes);  // one from a config may be built already
  for (const Variable& v : part.weights())
    if (v.path().starts_with(part.name() + "/")) v.set_path(concat(name(), '/', v.path()));
}

void Layer::build(const Shapes& input_shapes) const {
  if (is_built()) return;
  try {
    build_weights_for(input_shapes);
    build_parts(input_shapes);
    check_input(input_shapes);
  } catch (...) {
    for (const State::Weight& w : state_->weights) w.variable.clear();
    state_->weights.clear();
    throw;
  }
  state_->build_shapes = input_shapes;
  state_->built = true;
}

Tensors Layer::try_out(const Shapes& input_shapes) const {
  Tensors inputs;
  for (Shape shape : input_shapes) {
    if (!shape.empty()) shape[0] = 1;
    for (const Index length : shape)
      require(length != None, name(), "the lengths of ", shape,
          " must be known to try the layer out; let its output_shape and build_weights say what they become");
    inputs.push_back(zeros(shape, dtype()));
  }
  std::vector<Tensor> losses;
  return call_many(cast_inputs(inputs), {.losses = &losses});
}

Shapes Layer::tried_shapes(const Shapes& input_shapes) const {
  Shapes out;
  for (const Tensor& y : try_out(input_shapes)) {
    out.push_back(y.shape());
    if (y.rank() > 0) out.back()[0] = input_shapes.at(0).dim(0);
  }
  return out;
}

Shape Layer::output_shape(const Shape& input_shape) const {
  return sublayers().empty() ? input_shape : tried_shapes({input_shape}).at(0);
}

Shapes Layer::output_shapes(const Shapes& input_shapes) const {
  if (input_shapes.size() > 1 && !sublayers().empty()) return tried_shapes(input_shapes);
  return {output_shape(single(input_shapes))};
}

Index Layer::activation_size(const Shapes& input_shapes) const {
  Index size = 0;
  for (const Shape& shape : compute_output_shape(input_shapes)) size += shape.size();
  return size;
}

std::vector<const Layer*> Layer::sublayers() const {
  std::vector<const Layer*> out;
  for (const AnyLayer& layer : state_->layers) out.push_back(&*layer);
  return out;
}

/// Those that build_weights left to their first call.
void Layer::build_parts(const Shapes& input_shapes) const {
  const auto parts = sublayers();
  const bool are_built =
      std::all_of(parts.begin(), parts.end(), [](const Layer* part) { return part->is_built(); });
  const bool are_known = std::all_of(input_shapes.begin(), input_shapes.end(),
      [](const Shape& shape) { return shape.empty() || shape.without(0).is_known(); });
  if (!are_built && are_known) try_out(input_shapes);
}

Shape Layer::compute_output_shape(const Shape& input_shape) const {
  const Shapes shapes = output_shapes({input_shape});
  return shapes.at(0);
}
Shapes Layer::compute_output_shape(const Shapes& input_shapes) const { return output_shapes(input_shapes); }

Tensors Layer::compute_mask(const Tensors& /*inputs*/, const Tensors& masks) const {
  return supports_masking() ? masks : Tensors();
}

Tensor Layer::call(const Tensor&, const CallOptions&) const {
  throw StateError(concat(name(), ": ", type_name(), " has no call for one input"));
}

Json Layer::get_config() const {
  throw ValueError(concat(name(), ": ", type_name(), " does not say its arguments; override get_config"));
}

void Layer::set_trainable(bool trainable) const {
  state_->trainable = trainable;
  for (const State::Weight& w : state_->weights) w.variable.set_trainable(trainable && w.trainable);
  for (const Layer* layer : sublayers()) layer->set_trainable(trainable);
}

std::vector<Variable> Layer::weights() const {
  std::vector<Variable> out;
  for (const bool trainable : {true, false})
    for (const State::Weight& w : state_->weights)
      if (w.trainable == trainable) out.push_back(w.variable);
  for (const Layer* layer : sublayers())
    for (const Variable& v : layer->weights())
      if (std::find(out.begin(), out.end(), v) == out.end()) out.push_back(v);
  return out;
}

std::vector<Variable> Layer::trainable_weights() const {
  std::vector<Variable> out = weights();
  std::erase_if(out, [&](const Variable& v) { return !trainable() || !v.trainable(); });
  return out;
}

std::vector<Variable> Layer::non_trainable_weights() const {
  std::vector<Variable> out = weights();
  std::erase_if(out, [&](const Variable& v) { return trainable() && v.trainable(); });
  return out;
}

Variable Layer::weight(std::string_view name) const {
  std::string known;
  for (const Variable& v : weights()) {
    if (v.name() == name || v.path() == name) return v;
    known += (known.empty() ? "" : ", ") + v.path();
  }
  throw ValueError(concat(this->name(), ": there is no weight \"", name, "\"; there are: ", known));
}

Tensors Layer::get_weights() const {
  Tensors out;
  for (const Variable& v : weights()) out.push_back(v.current().detached());
  return out;
}

void Layer::set_weights(const Tensors& values) const {
  const std::vector<Variable> variables = weights();
  require(values.size() == variables.size(), name(), "set_weights needs ", variables.size(),
      " tensors (received ", values.size(), ")");
  for (std::size_t i = 0; i < values.size(); ++i) {
    require(values[i].shape() == variables[i].shape(), name(), "set_weights: \"", variables[i].path(),
        "\" has shape ", variables[i].shape(), " (received ", values[i].shape(), ")");
  }
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].assign(cast(values[i], variables[i].dtype()));
}

Index Layer::count_params() const {
  if (!is_built())
    throw StateError(concat(name(), ": count_params needs the weights, and the layer is not built yet"));
  Index n = 0;
  for (const Variable& v : weights()) n += v.shape().size();
  return n;
}

std::vector<Tensor> Layer::regularization_losses() const {
  std::vector<Tensor> out;
  for (const Variable& v : trainable_weights())
    if (v.regularizer()) out.push_back(v.regularizer()(v));
  return out;
}

std::vector<Tensor> Layer::losses() const {
  std::vector<Tensor> out = state_->call_losses;
  for (const Tensor& penalty : regularization_losses()) out.push_back(penalty);
  return out;
}

bool Layer::mixes_samples(bool training) const {
  if (mixes_samples_itself(training)) return true;
  if (activity_regularizer() && !regularizers::is_additive(activity_regularizer())) return true;
  const auto parts = sublayers();
  return std::any_of(
      parts.begin(), parts.end(), [&](const Layer* layer) { return layer->mixes_samples(training); });
}

std::optional<Reach> Layer::reach(const Shapes& input_shapes, bool training) const {
  if (activity_regularizer()) return {};
  return reach_itself(input_shapes, training);
}

std::optional<Reach> Layer::step_by_step(const Shapes& input_shapes) {
  const bool fits = std::all_of(input_shapes.begin(), input_shapes.end(),
      [&](const Shape& shape) { return shape.rank() == 3 && shape[1] == input_shapes[0][1]; });
  return fits ? std::optional<Reach>(Reach()) : std::nullopt;
}

void Layer::add_weight(const Variable& variable, const WeightOptions& options) const {
  variable.build(options.initializer(options.shape, options.dtype.value_or(dtype())), options.name,
      options.trainable && trainable());
  variable.set_path(name() + "/" + options.name);
  if (options.regularizer) variable.set_regularizer(options.regularizer);
  if (options.constraint) variable.set_constraint(options.constraint);
  state_->weights.push_back({variable, options.trainable});
}

const Shape& Layer::single(const Shapes& shapes) const {
  require(shapes.size() == 1, name(), "takes one input (received ", shapes.size(), ")");
  return shapes[0];
}
const Tensor& Layer::single(const Tensors& inputs) const {
  require(inputs.size() == 1, name(), "takes one input (received ", inputs.size(), ")");
  return inputs[0];
}

void Layer::require_rank(const Shape& input_shape, Index rank) const {
  require(input_shape.rank() == rank, name(), "the input must have ", rank, " axes (received shape ",
      input_shape, ")");
}
void Layer::require_min_rank(const Shape& input_shape, Index rank) const {
  require(input_shape.rank() >= rank, name(), "the input must have at least ", rank, " axes (received shape ",
      input_shape, ")");
}
void Layer::require_axis(const Shape& input_shape, Index axis, Index length) const {
  const Index found = input_shape.dim(axis);
  require(found == length || found == None, name(), "axis ", axis, " of the input must have length ", length,
      ", as when the layer was built (received shape ", input_shape, ")");
}

}  // namespace xtape
