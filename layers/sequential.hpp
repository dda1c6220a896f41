// Sequential: a model whose layers follow one another.
#pragma once
#include <string>
#include <vector>

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
  /// Removes the last layer. Throws ValueError when there is none.
  void pop() const;

  /// All layers but the Input.
  const std::vector<AnyLayer>& layers() const override { return parts_->layers; }
  /// (None, ...), as far as it is known.
  const std::optional<Shape>& input_shape() const { return parts_->input_shape; }

  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  struct Parts {
    std::vector<AnyLayer> input;  // the InputLayer, if there is one
    std::vector<AnyLayer> layers;
    std::optional<Shape> input_shape;
  };
  void append(const AnyLayer& layer) const;
  void build_if_shape_is_known() const;
  /// What the built model feeds to the layer at that place.
  Shape shape_before(std::size_t position) const;

  std::shared_ptr<Parts> parts_;
};

}  // namespace xtape
