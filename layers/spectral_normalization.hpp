// SpectralNormalization: a layer whose kernel stretches no vector.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Wraps a layer and divides its kernel by its largest singular value before each call in training:
///
///     kernel = kernel / sigma,   sigma = v W u^T,   W = the kernel as a matrix (..., last axis)
///
/// u and v are found by power iteration, u staying from call to call as the weight vector_u (1, last axis):
///
///     v = u W^T / |u W^T|,   u = v W / |v W|          power_iterations times
///
/// A kernel of zeros stays. In inference the layer is called as it is. A training step runs its batch whole, since the
/// kernel must change once a step.
///
/// x and y: as for the layer. layer: any with a weight named kernel, or embeddings. Gradients are those of the kernel after
/// the division, as in Keras. Not in TensorFlow 2.4.
/// https://keras.io/api/layers/normalization_layers/spectral_normalization/
/// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018.
class SpectralNormalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "SpectralNormalization";
  struct Config {
    AnyLayer layer = {};
    Index power_iterations = 1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"layer", &C::layer, "The layer. Required."},
              Field{"power_iterations", &C::power_iterations, "How often u and v are improved in each call."},
          });
    }
  };

  /// Throws ValueError without a layer and unless power_iterations is positive. A layer that has neither kernel nor
  /// embeddings is refused when it is built.
  explicit SpectralNormalization(Config config);

  const Config& config() const { return config_; }
  const AnyLayer& layer() const { return config_.layer; }
  const Variable& vector_u() const { return vector_u_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;
  std::vector<const Layer*> sublayers() const override { return {&*config_.layer}; }
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  bool mixes_samples_itself(bool training) const override { return training; }

 private:
  void normalize_kernel() const;

  Config config_;
  Variable vector_u_;
};

}  // namespace xtape
