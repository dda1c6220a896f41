#include <ostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/name_scope.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/keras_tensor.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {
namespace {

KerasTensors outputs_of(const std::shared_ptr<const LayerCall>& call) {
  std::vector<KerasTensor> outputs;
  for (std::size_t i = 0; i < call->outputs.size(); ++i) outputs.emplace_back(call, i);
  return outputs.size() == 1 ? KerasTensors(outputs[0]) : KerasTensors(std::move(outputs));
}

}  // namespace

KerasTensor::KerasTensor(std::shared_ptr<const LayerCall> call, std::size_t output)
    : call_(std::move(call)), output_(output) {}

const Shape& KerasTensor::shape() const { return call_->outputs[output_].shape; }
DType KerasTensor::dtype() const { return call_->outputs[output_].dtype; }
const AnyLayer& KerasTensor::layer() const { return call_->layer; }
Index KerasTensor::node_index() const { return call_->node_index; }
KerasTensor::Key KerasTensor::key() const { return {layer()->identity(), node_index(), tensor_index()}; }

KerasTensor::operator AnyLayer() const {
  require(layer().as<InputLayer>() != nullptr, layer()->name(),
      "only an Input can stand where a layer is expected (received ", *this, ")");
  return layer();
}

std::ostream& operator<<(std::ostream& out, const KerasTensor& tensor) {
  return out << "KerasTensor " << tensor.shape() << ' ' << name(tensor.dtype()) << " of "
             << tensor.layer()->name();
}

// ---- how layers are called on them ----

AnyLayer Layer::self() const {
  throw StateError(
      concat(name(), ": ", type_name(), " cannot be part of a graph; let its self() say: return *this"));
}

KerasTensors Layer::connect(const AnyLayer& layer, const KerasTensors& inputs) {
  const Layer& to = *layer;
  const NameScope scope(to.name());
  require(!inputs.empty(), to.name(), "needs at least one input");
  Shapes shapes;
  std::vector<DType> dtypes;
  for (const KerasTensor& x : inputs) {
    shapes.push_back(x.shape());
    dtypes.push_back(x.dtype());
  }
  to.build(shapes);
  to.check_input(shapes);
  const auto call = std::make_shared<LayerCall>(LayerCall{layer, 0, inputs, {}});
  to.state_->symbolic_output_shapes = to.output_shapes(shapes);
  for (const Shape& shape : to.symbolic_output_shapes())
    call->outputs.push_back({shape, to.output_dtype(dtypes)});
  call->node_index = to.state_->symbolic_calls++;
  if (to.state_->first_call.expired()) to.state_->first_call = call;
  return outputs_of(call);
}

KerasTensors Layer::input() const {
  if (const auto call = state_->first_call.lock()) return call->inputs;
  throw StateError(concat(name(), ": has no input: it was not called on a symbolic tensor"));
}

KerasTensors Layer::output() const {
  if (const auto call = state_->first_call.lock()) return outputs_of(call);
  throw StateError(concat(name(), ": has no output: it was not called on a symbolic tensor"));
}

std::vector<std::string> layer_names(const KerasTensors& tensors) {
  std::vector<std::string> names;
  for (const KerasTensor& t : tensors) names.push_back(t.layer()->name());
  return names;
}

DType Layer::output_dtype(const std::vector<DType>& inputs) const {
  return weights().empty() && !is_floating(inputs.at(0)) ? inputs[0] : dtype();
}

}  // namespace xtape
