// Functional: a model of any shape, read from the symbolic tensors that layers were called on.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <xtape/layers/graph.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {

/// The computation that leads from `inputs` to `outputs`, one tensor each or lists of them.
///
///     const auto x = Input({.shape = {8}});
///     const auto h = Dense({.units = 8, .activation = "relu"})(x);
///     const Functional model(x, Dense({.units = 1})(Add()({x, h})));
///
/// Layers may be shared, and models are layers. The inputs may be tensors from the middle of another model: the model then
/// shares that part's layers. Keras writes Model(inputs, outputs).
/// https://keras.io/guides/functional_api/
class Functional final : public Model {
 public:
  static constexpr std::string_view class_name = "Functional";

  /// Throws ValueError when the outputs need an Input that is not among the inputs, and when two layers have one name.
  Functional(const KerasTensors& inputs, const KerasTensors& outputs, const std::string& name = {},
      bool trainable = true);

  /// All layers, the InputLayers too: those that are further from the outputs come first.
  const std::vector<AnyLayer>& layers() const override { return graph_->layers(); }
  const Graph& graph() const { return *graph_; }
  const KerasTensors& inputs() const override { return graph_->inputs(); }
  const KerasTensors& outputs() const override { return graph_->outputs(); }
  std::vector<std::string> input_names() const override { return layer_names(inputs()); }
  std::vector<std::string> output_names() const override { return layer_names(outputs()); }
  Index activation_size(const Shapes& input_shapes) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights_for(const Shapes&) const override {}
  void check_input(const Shapes& input_shapes) const override;
  Tensors cast_inputs(const Tensors& inputs) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  DType output_dtype(const std::vector<DType>& inputs) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  /// The shapes as the layers get them. Throws ValueError for those that the inputs do not allow.
  Shapes accepted(const Shapes& input_shapes) const;

  std::shared_ptr<const Graph> graph_;
};

}  // namespace xtape
