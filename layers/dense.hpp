// Dense: every output sees every input.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = activation(x @ kernel + bias), over the last axis of x.
///
/// x: (..., n), any rank from 2. kernel: (n, units); bias: (units,). y: (..., units).
/// For example x (32, 10, 8) with units = 4 gives y (32, 10, 4).
/// https://keras.io/api/layers/core_layers/dense/
class Dense final : public Layer {
 public:
  static constexpr std::string_view class_name = "Dense";
  struct Config {
    Index units = 0;
    ActivationFunction activation = {};
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"units", &C::units, "Length of the output's last axis. Required."},
              Field{"activation", &C::activation, "Applied to the output."},
              Field{"use_bias", &C::use_bias, "Whether to add a bias."},
              Field{"kernel_initializer", &C::kernel_initializer, "First values of the kernel."},
              Field{"bias_initializer", &C::bias_initializer, "First values of the bias."},
              Field{"kernel_regularizer", &C::kernel_regularizer, "Penalty on the kernel."},
              Field{"bias_regularizer", &C::bias_regularizer, "Penalty on the bias."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the output, per sample."},
              Field{
                  "kernel_constraint", &C::kernel_constraint, "Projection of the kernel after each update."},
              Field{"bias_constraint", &C::bias_constraint, "Projection of the bias after each update."},
          });
    }
  };

  /// Throws ValueError unless units is positive.
  explicit Dense(Config config);

  const Config& config() const { return config_; }
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
  bool ends_in_relu_ = false;  // the activation, which is then part of the pass that computes y
  Variable kernel_, bias_;
};

}  // namespace xtape
