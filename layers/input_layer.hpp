// Input: says what a model is fed with.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// What stands for a model's input: gives the shape of one sample, without the batch axis, and passes its input on.
///
/// Input({.shape = {288, 1}}) takes (batch, 288, 1); a length may be None. It begins a Sequential, and it is a symbolic
/// tensor that layers are called on:
///
///     const Sequential model({Input({.shape = {288, 1}}), Flatten(), Dense({.units = 2})});
///
///     const auto x = Input({.shape = {288, 1}});
///     const Functional same(x, Dense({.units = 2})(Flatten()(x)));
///
/// A model casts what it is fed to the Input's dtype, the default dtype unless it is given; integers are allowed.
/// https://keras.io/api/layers/core_layers/input/
class InputLayer final : public Layer {
 public:
  static constexpr std::string_view class_name = "InputLayer";
  struct Config {
    Shape shape = {};
    std::optional<Index> batch_size = {};
    std::optional<DType> dtype = {};
    std::optional<Shape> batch_shape = {};
    std::string name = {};
    bool trainable = true;
    std::optional<Shape> input_shape = {};
    bool sparse = false;
    bool ragged = false;
    bool optional = false;

    static constexpr auto fields() {
      using C = Config;
      return std::tuple{
          Field{"batch_shape", &C::batch_shape,
              "The whole shape with the batch axis, in place of shape and batch_size."},
          Field{"dtype", &C::dtype, "Of the input; the default dtype when absent."},
          Field{"sparse", &C::sparse, "Must be false."},
          Field{"ragged", &C::ragged, "Must be false."},
          Field{"name", &C::name, "The layer's name."},
          Field{"optional", &C::optional, "Must be false."},
          Field{"shape", &C::shape, "The shape of one sample, without the batch axis.", false},
          Field{"batch_size", &C::batch_size, "The number of samples, when it is fixed.", false},
          Field{"trainable", &C::trainable, "Has no effect.", false},
          Field{"input_shape", &C::input_shape, "The same as shape.", false},
      };
    }
  };

  /// Throws ValueError for shapes that are not lengths or None, for both shape and batch_shape, and for sparse, ragged or
  /// optional inputs.
  explicit InputLayer(Config config);

  /// The symbolic tensor that it stands for: the same one each time.
  KerasTensors output() const override;

  /// What a model is fed with, as its layers get it: in the input's dtype, and with a last axis of length 1 added or taken
  /// away where that gives the expected number of axes.
  Tensor accept(const Tensor& x) const;
  Shape accept(const Shape& given) const;
  /// Throws ValueError for a shape that the input does not allow; the number of samples is free.
  void check(const Shape& given) const;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { check(single(input_shapes)); }
  Tensors cast_inputs(const Tensors& inputs) const override { return {accept(single(inputs))}; }
  DType output_dtype(const std::vector<DType>&) const override { return output_.dtype; }
  Tensor call(const Tensor& x, const CallOptions&) const override { return x; }
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  LayerCall::Output output_;
};

/// The symbolic tensor of a new InputLayer.
inline KerasTensor Input(InputLayer::Config config) { return InputLayer(std::move(config)).output(); }

}  // namespace xtape
