// Concatenate: the inputs one behind the other.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = the inputs one after the other along an axis; their other axes agree. (2, 3) and (2, 5) give (2, 8).
///
/// Where an input has a mask, y has one: inputs without count as a whole. It is of the shape of y without the last axis,
/// true where any entry along that counts. https://keras.io/api/layers/merging_layers/concatenate/
class Concatenate final : public Layer {
 public:
  static constexpr std::string_view class_name = "Concatenate";
  struct Config {
    Index axis = -1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{
              Field{"axis", &Config::axis, "The axis that becomes longer, with the batch as axis 0."}});
    }
  };

  explicit Concatenate(Config config);
  Concatenate();

  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  bool mixes_samples_itself(bool /*training*/) const override { return config_.axis == 0; }
  void build_weights_for(const Shapes&) const override {}
  void check_input(const Shapes& input_shapes) const override { output_shapes(input_shapes); }
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
