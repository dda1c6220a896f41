// PReLU: a relu that learns its slope below 0.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = x for x > 0, else alpha x, with an alpha for each place in a sample.
///
/// x: (batch, a, b, ...). alpha: (a, b, ...), with length 1 along shared_axes, which are counted with the batch as axis 0:
/// in (batch, steps, channels) shared_axes = 1 gives each channel one alpha for all its steps.
///
/// He et al., "Delving Deep into Rectifiers" (2015). https://keras.io/api/layers/activation_layers/prelu/
class PReLU final : public Layer {
 public:
  static constexpr std::string_view class_name = "PReLU";
  struct Config {
    Initializer alpha_initializer = "zeros";
    Regularizer alpha_regularizer = {};
    Constraint alpha_constraint = {};
    Axes shared_axes = std::vector<Index>();
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"alpha_initializer", &C::alpha_initializer, "First values of alpha."},
              Field{"alpha_regularizer", &C::alpha_regularizer, "Penalty on alpha."},
              Field{"alpha_constraint", &C::alpha_constraint, "Projection of alpha after each update."},
              Field{"shared_axes", &C::shared_axes, "The axes along which there is one alpha for all."},
          });
    }
  };

  explicit PReLU(Config config);
  PReLU();

  const Variable& alpha() const { return alpha_; }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
  Variable alpha_;
};

}  // namespace xtape
