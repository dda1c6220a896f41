// Activation: an activation function as a layer.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = activation(x), for x of any shape: Activation("relu") or Activation({.activation = "relu", .name = "a"}).
/// https://keras.io/api/layers/core_layers/activation/
class Activation final : public Layer {
 public:
  static constexpr std::string_view class_name = "Activation";
  struct Config {
    ActivationFunction activation = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"activation", &C::activation, "Applied to the input; None is linear."},
          });
    }
  };

  explicit Activation(Config config);
  explicit Activation(ActivationFunction activation);
  explicit Activation(const char* activation) : Activation(ActivationFunction(activation)) {}

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
