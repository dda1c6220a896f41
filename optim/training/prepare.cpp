#include <string>
#include <vector>

#include <xtape/core/by_name.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/optim/training/compile.hpp>
#include <xtape/optim/training/prepare.hpp>

namespace xtape {
namespace {

/// One entry for each output: `given` itself, one for all, or, of truths, one for each output that has a loss.
Tensors for_each_output(
    const Tensors& given, const Training& training, bool are_truths, std::string_view owner) {
  const std::size_t count = training.outputs.size();
  if (given.size() == count) return given;
  if (given.empty()) return Tensors(count);
  if (!are_truths && given.size() == 1) return Tensors(count, given[0]);
  Tensors out;
  std::size_t next = 0;
  for (const Training::Output& output : training.outputs)
    out.push_back(are_truths && output.loss && next < given.size() ? given[next++] : Tensor());
  require(next == given.size(), owner, are_truths ? "y" : "sample_weight",
      " must have one entry for each of the ", count, " outputs (received ", given.size(), ")");
  return out;
}

/// `given` as a list: for data by names, in the order of the model's outputs.
Tensors of_outputs(
    const Model& model, const TensorList& given, std::string_view owner, std::string_view what) {
  if (!given.is_named()) return given;
  const std::vector<std::string> names = model.output_names();
  require(
      !names.empty(), owner, what, " cannot be given by names: the outputs of ", model.name(), " have none");
  return in_order_of(names, given.by_name(), Tensor(), owner, what, "output");
}

}  // namespace

Tensors inputs_of(const Model& model, const TensorList& x, std::string_view owner) {
  if (!x.is_named()) return x;
  const std::vector<std::string> names = model.input_names();
  require(!names.empty(), owner, "x cannot be given by names: the inputs of ", model.name(), " have none");
  const Tensors out = in_order_of(names, x.by_name(), Tensor(), owner, "x", "input");
  for (std::size_t i = 0; i < names.size(); ++i)
    require(static_cast<bool>(out[i]), owner, "x: there is none for input \"", names[i], "\"");
  return out;
}

Samples prepare(const Model& model, const TensorList& x, const TensorList& y, const TensorList& sample_weight,
    std::string_view owner) {
  const Samples samples{inputs_of(model, x, owner), of_outputs(model, y, owner, "y"),
      of_outputs(model, sample_weight, owner, "sample_weight")};
  check_samples(samples, owner);
  if (!model.is_built()) model.build(samples.input_shapes());
  Training& training = model.training();
  if (training.outputs.empty()) training.build({}, model.compute_output_shape(samples.input_shapes()).size());
  const Samples out{samples.x, for_each_output(samples.y, training, true, owner),
      for_each_output(samples.weights, training, false, owner)};
  for (std::size_t i = 0; i < training.outputs.size(); ++i)
    require(out.y[i] || !training.outputs[i].loss, owner, "y must be given for every output that has a loss");
  return out;
}

}  // namespace xtape
