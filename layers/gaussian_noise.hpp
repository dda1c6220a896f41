// GaussianNoise and GaussianDropout: normal numbers added to, or multiplied with, the input while training.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/random_layer.hpp>

namespace xtape {

/// y = x + stddev z in training, with a standard normal z for each element, and y = x otherwise.
///
/// As in Keras 3, stddev must lie in [0, 1]; TensorFlow 2.4 takes any.
/// https://keras.io/api/layers/regularization_layers/gaussian_noise/
class GaussianNoise final : public RandomLayer {
 public:
  static constexpr std::string_view class_name = "GaussianNoise";
  struct Config {
    double stddev = -1;
    std::optional<Index> seed = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"stddev", &C::stddev, "The standard deviation of what is added, in [0, 1]. Required."},
              Field{"seed", &C::seed, "Makes the numbers the same in each run; drawn when absent."},
          });
    }
  };

  /// Throws ValueError unless 0 <= stddev <= 1.
  explicit GaussianNoise(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

/// y = x (1 + sqrt(rate / (1 - rate)) z) in training, with a standard normal z for each element, and y = x otherwise: the mean
/// and the variance are those of Dropout with the same rate.
///
/// Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15 (2014), section 10.
/// https://keras.io/api/layers/regularization_layers/gaussian_dropout/
class GaussianDropout final : public RandomLayer {
 public:
  static constexpr std::string_view class_name = "GaussianDropout";
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
              Field{"rate", &C::rate, "Of the Dropout that has this variance, in [0, 1]. Required."},
              Field{"seed", &C::seed, "Makes the numbers the same in each run; drawn when absent."},
          });
    }
  };

  /// Throws ValueError unless 0 <= rate <= 1. A rate of 1 has no finite variance: training then throws ValueError.
  explicit GaussianDropout(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

}  // namespace xtape
