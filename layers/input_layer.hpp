// Input: says what shape a model is fed with.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// The first entry of a Sequential: gives the shape of one sample, without the batch axis, and passes its input on.
/// Input({.shape = {288, 1}}) takes (batch, 288, 1); a length may be None.
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

    static constexpr auto fields() {
      using C = Config;
      return std::tuple{
          Field{"batch_shape", &C::batch_shape,
              "The whole shape with the batch axis, in place of shape and batch_size."},
          Field{"dtype", &C::dtype, "Of the input; the default dtype when absent."},
          Field{"name", &C::name, "The layer's name."},
          Field{"shape", &C::shape, "The shape of one sample, without the batch axis.", false},
          Field{"batch_size", &C::batch_size, "The number of samples, when it is fixed.", false},
          Field{"trainable", &C::trainable, "Has no effect.", false},
          Field{"input_shape", &C::input_shape, "The same as shape.", false},
      };
    }
  };

  explicit InputLayer(Config config);

  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions&) const override { return x; }
};

/// Keras's spelling of it.
inline InputLayer Input(InputLayer::Config config) { return InputLayer(std::move(config)); }

}  // namespace xtape
