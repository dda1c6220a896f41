// SpatialDropout1D: leaves out whole channels while training.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/random_layer.hpp>

namespace xtape {

/// Dropout with one draw for a channel of a sample, all its steps together: where neighbouring steps say much the same, as
/// behind a convolution, leaving out single ones would change little.
///
/// x, y: (batch, steps, channels). As in Keras 3 the config does not say whether the layer is trainable.
///
/// Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2014).
/// https://keras.io/api/layers/regularization_layers/spatial_dropout1d/
class SpatialDropout1D final : public RandomLayer {
 public:
  static constexpr std::string_view class_name = "SpatialDropout1D";
  struct Config {
    double rate = -1;
    std::optional<Index> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"rate", &C::rate, "The fraction of the channels that is left out, in [0, 1]. Required."},
              Field{"seed", &C::seed, "Makes the numbers the same in each run; drawn when absent."},
          });
    }
  };

  /// Throws ValueError unless 0 <= rate <= 1.
  explicit SpatialDropout1D(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 3); }
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
