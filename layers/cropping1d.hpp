// Cropping1D: without the first and the last steps.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, t, c] = x[n, t + cropping[0], c]: cropping[0] steps go at the start, cropping[1] at the end.
///
/// x: (batch, steps, channels). y: (batch, steps - cropping[0] - cropping[1], channels), at least one step.
/// https://keras.io/api/layers/reshaping_layers/cropping1d/
class Cropping1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "Cropping1D";
  struct Config {
    Tuple2 cropping = 1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(
          common_fields<Config>(), std::tuple{Field{"cropping", &Config::cropping,
                                       "Steps that go at the start and at the end; one number for both."}});
    }
  };

  /// Throws ValueError for negative numbers.
  explicit Cropping1D(Config config);
  Cropping1D();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { output_shape(single(input_shapes)); }
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
