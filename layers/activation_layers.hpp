// Activation functions that have arguments, as layers: ELU, LeakyReLU, ReLU, Softmax. PReLU, which learns, has a file of
// its own.
#pragma once
#include <optional>
#include <string>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = x for x > 0, else alpha (e^x - 1), for x of any shape.
/// https://keras.io/api/layers/activation_layers/elu/
class ELU final : public Layer {
 public:
  static constexpr std::string_view class_name = "ELU";
  struct Config {
    double alpha = 1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"alpha", &Config::alpha, "How far down large negative x go."}});
    }
  };

  explicit ELU(Config config);
  ELU();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

/// y = x for x > 0, else negative_slope x, for x of any shape.
///
/// The argument is Keras 3's; TensorFlow 2.4 calls it alpha, which is read too.
/// https://keras.io/api/layers/activation_layers/leaky_relu/
class LeakyReLU final : public Layer {
 public:
  static constexpr std::string_view class_name = "LeakyReLU";
  struct Config {
    double negative_slope = 0.3;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    std::optional<double> alpha = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"negative_slope", &C::negative_slope, "The slope below 0."},
              Field{"alpha", &C::alpha, "TensorFlow 2.4's name for negative_slope.", false},
          });
    }
  };

  /// Throws ValueError for a negative slope.
  explicit LeakyReLU(Config config);
  LeakyReLU();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

/// y = min(x, max_value) for x > threshold, else negative_slope (x - threshold), for x of any shape.
/// https://keras.io/api/layers/activation_layers/relu/
class ReLU final : public Layer {
 public:
  static constexpr std::string_view class_name = "ReLU";
  struct Config {
    std::optional<double> max_value = {};
    double negative_slope = 0;
    double threshold = 0;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"max_value", &C::max_value, "The greatest result; none when absent."},
              Field{"negative_slope", &C::negative_slope, "The slope below the threshold."},
              Field{"threshold", &C::threshold, "Up to here x counts as small."},
          });
    }
  };

  /// Throws ValueError for a negative argument.
  explicit ReLU(Config config);
  ReLU();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool) const override {
    return step_by_step(input_shapes);
  }

 private:
  Config config_;
};

/// y = e^x / the sum of e^x along an axis, or along several.
///
/// Where a mask, which broadcasts to the shape of x, is false, y is 0 and x does not count; where it leaves nothing along
/// the axis, all of y is 0. https://keras.io/api/layers/activation_layers/softmax/
class Softmax final : public Layer {
 public:
  static constexpr std::string_view class_name = "Softmax";
  struct Config {
    Axes axis = -1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"axis", &Config::axis, "The axis, or axes, along which the results sum to 1."}});
    }
  };

  explicit Softmax(Config config);
  Softmax();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
