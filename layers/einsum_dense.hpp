// EinsumDense: a Dense between any axes, written with letters.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = activation(einsum(equation, x, kernel) + bias)
///
/// The equation names the axes of x, of the kernel and of y, "ab,bc->ac", in one of three forms:
///
///     [X],[Y]->[Z]    ...[X],[Y]->...[Z]    [X]...,[Y]->[Z]...
///
/// "..." stands for any axes, also that of the samples where it comes first. The kernel's lengths are those of x and y.
/// output_shape: the lengths of y without the first axis and those that "..." stands for; None where y shares a letter with
/// x. bias_axes: the letters of y along which a bias is added; none is, if absent. The bias has y's axes from the first of
/// them on, of length 1 where it does not go along.
///
/// For example equation = "abc,cd->abd", output_shape = {None, 64}, bias_axes = "d" is Dense with 64 units for sequences:
/// x (32, 10, 8) has kernel (8, 64) and bias (64,) and gives y (32, 10, 64).
///
/// In TensorFlow 2.4 it is experimental and lets lengths of x that y shares stay None in compute_output_shape, as Keras 3
/// does too; here they are known where x's are.
/// https://keras.io/api/layers/core_layers/einsum_dense/
class EinsumDense final : public Layer {
 public:
  static constexpr std::string_view class_name = "EinsumDense";
  struct Config {
    std::string equation = {};
    Shape output_shape = {};
    ActivationFunction activation = {};
    std::optional<std::string> bias_axes = {};
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
              Field{"equation", &C::equation, "The axes of x, kernel and y: \"ab,bc->ac\". Required."},
              Field{"output_shape", &C::output_shape,
                  "Lengths of y without the samples and \"...\"; an integer or a list. Required."},
              Field{"activation", &C::activation, "Applied to the output."},
              Field{"bias_axes", &C::bias_axes, "Letters of y along which a bias is added."},
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

  /// Throws ValueError for an equation of another form, letters of y that neither x nor the kernel has, letters of the kernel
  /// that neither x nor y has, bias_axes that y does not have, and an output_shape of the wrong number of lengths.
  explicit EinsumDense(Config config);

  const Config& config() const { return config_; }
  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  enum class Ellipsis { none, left, right };
  void parse_equation();
  /// How many axes "..." stands for. Throws ValueError for an input of the wrong rank.
  Index elided(const Shape& input_shape) const;
  /// The length of a letter, from x or else from output_shape; None where it is not known.
  Index length_of(char letter, const Shape& input_shape) const;

  Config config_;
  std::string x_letters_, kernel_letters_, y_letters_;
  Ellipsis ellipsis_ = Ellipsis::none;
  Variable kernel_, bias_;
};

}  // namespace xtape
