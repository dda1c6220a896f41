// Sequential: a model whose layers follow one another.
#pragma once
#include <string>
#include <vector>

#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {

/// y = last(... second(first(x))).
///
///     Sequential model({Input({.shape = {8}}), Dense({.units = 4, .activation = "relu"}), Dense({.units = 8})});
///
/// Built at once when it begins with an Input or its first layer knows its input_shape; else at the first call.
/// https://keras.io/api/models/sequential/
class Sequential final : public Model {
 public:
  static constexpr std::string_view class_name = "Sequential";

  /// Throws ValueError when two layers have one name.
  explicit Sequential(std::vector<AnyLayer> layers = {}, const std::string& name = {}, bool trainable = true);

  /// Appends a layer. Throws ValueError, and leaves the model as it was, for a name that is taken, an Input that is not
  /// the first, and a layer that does not fit.
  void add(const AnyLayer& layer) const;
  /// Removes the last layer and returns it. Throws ValueError when there is none.
  AnyLayer pop() const;

  /// All layers but the Input.
  const std::vector<AnyLayer>& layers() const override { return parts_->layers; }
  /// (None, ...), as far as it is known.
  std::optional<Shape> input_shape() const;
  /// The symbolic tensors at its ends, to make other models of. Throws StateError before it is built.
  const KerasTensors& inputs() const override;
  const KerasTensors& outputs() const override;
  std::vector<std::string> input_names() const override;
  std::vector<std::string> output_names() const override;
  Index activation_size(const Shapes& input_shapes) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Tensors cast_inputs(const Tensors& inputs) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  struct Parts {
    std::optional<InputLayer> input;  // given, or made when the model is built
    bool input_is_given = false;
    std::vector<AnyLayer> layers;
    std::vector<KerasTensors> tensors;  // of the built model: the input, then what each layer makes of it
  };
  void append(const AnyLayer& layer) const;
  void build_if_shape_is_known() const;

  std::shared_ptr<Parts> parts_;
};

}  // namespace xtape
