// TimeDistributed: a layer at every step of a sequence.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, t] = layer(x[n, t]), with the same weights at every step. x: (batch, steps, ...), y: (batch, steps, ...).
///
/// For example x (32, 10, 28, 3) with layer = Conv1D({.filters = 4, .kernel_size = 5}) gives y (32, 10, 24, 4).
///
/// Layers that see each sample by itself take all steps at once, as further samples; others, BatchNormalization in
/// training or a stateful layer, take one step after the other. A mask (batch, steps, ...) is cut in the same way.
///
/// As in Keras 3, and unlike TensorFlow 2.4, the layer's activity_regularizer has no effect.
/// https://keras.io/api/layers/recurrent_layers/time_distributed/
class TimeDistributed final : public Layer {
 public:
  static constexpr std::string_view class_name = "TimeDistributed";
  struct Config {
    AnyLayer layer = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"layer", &Config::layer, "The layer of each step. Required."}});
    }
  };

  /// Throws ValueError unless there is a layer.
  explicit TimeDistributed(Config config);

  const Config& config() const { return config_; }
  const AnyLayer& layer() const { return config_.layer; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;
  std::vector<const Layer*> sublayers() const override { return {&*config_.layer}; }
  /// A mask of steps stays; one that goes further is passed on by the layer inside, step by step.
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  bool supports_masking() const override { return true; }

 private:
  Shape step_shape(const Shape& input_shape) const;

  Config config_;
};

}  // namespace xtape
