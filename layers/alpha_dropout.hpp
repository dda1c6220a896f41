// AlphaDropout: the dropout that goes with selu.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/random_layer.hpp>

namespace xtape {

/// In training each element becomes selu's lowest value -s with probability `rate`, s = 1.0507... * 1.6732...; then all are
/// scaled and shifted so that a mean of 0 and a variance of 1 stay what they are:
///
///     y = a x + b where kept, a (-s) + b else,    a = ((1 - rate) (1 + rate s^2))^(-1/2),    b = a rate s
///
/// and y = x otherwise. At rate = 1 all is 0, to which this tends. noise_shape is as in Dropout.
///
/// Klambauer et al., "Self-Normalizing Neural Networks" (2017).
/// https://keras.io/api/layers/regularization_layers/alpha_dropout/
class AlphaDropout final : public RandomLayer {
 public:
  static constexpr std::string_view class_name = "AlphaDropout";
  struct Config {
    double rate = -1;
    std::optional<Shape> noise_shape = {};
    std::optional<Index> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"rate", &C::rate, "The fraction of the input that is replaced, in [0, 1]. Required."},
              Field{"seed", &C::seed, "Makes the numbers the same in each run; drawn when absent."},
              Field{"noise_shape", &C::noise_shape, "The shape of the mask; the input's when absent."},
          });
    }
  };

  /// Throws ValueError unless 0 <= rate <= 1, and for lengths below 1 in noise_shape.
  explicit AlphaDropout(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
