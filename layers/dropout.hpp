// Dropout: leaves out some of the input while training, so that no unit can rely on another.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/random_layer.hpp>

namespace xtape {

/// In training each element is 0 with probability `rate`, else scaled so that the mean stays the same:
///
///     y[i] = x[i] * m[i] / (1 - rate),    m[i] = 0 with probability rate, else 1
///
/// and y = x otherwise. noise_shape is the shape of m, broadcast to the input's: with (None, 1, None) a channel is left out
/// of all steps together. Its None is the input's length.
///
/// Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15 (2014).
/// https://keras.io/api/layers/regularization_layers/dropout/
class Dropout final : public RandomLayer {
 public:
  static constexpr std::string_view class_name = "Dropout";
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
              Field{"rate", &C::rate, "The fraction of the input that is left out, in [0, 1]. Required."},
              Field{"seed", &C::seed, "Makes the numbers the same in each run; drawn when absent."},
              Field{"noise_shape", &C::noise_shape, "The shape of the mask; the input's when absent."},
          });
    }
  };

  /// Throws ValueError unless 0 <= rate <= 1, and for lengths below 1 in noise_shape.
  explicit Dropout(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
