// Identity: passes its inputs on.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = x, for one input or several: a place that another layer may take. https://keras.io/api/layers/core_layers/identity/
class Identity final : public Layer {
 public:
  static constexpr std::string_view class_name = "Identity";
  struct Config {
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    static constexpr auto fields() { return common_fields<Config>(); }
  };

  explicit Identity(Config config);
  Identity();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  void build_weights_for(const Shapes&) const override {}
  Shapes output_shapes(const Shapes& input_shapes) const override { return input_shapes; }
  Tensors call_many(const Tensors& inputs, const CallOptions&) const override { return inputs; }
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

}  // namespace xtape
