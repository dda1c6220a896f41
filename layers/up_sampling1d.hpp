// UpSampling1D: every step several times.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, t, c] = x[n, t / size, c], rounded down: with size 2 the steps a, b become a, a, b, b.
///
/// x: (batch, steps, channels). y: (batch, steps * size, channels).
/// https://keras.io/api/layers/reshaping_layers/up_sampling1d/
class UpSampling1D final : public Layer {
 public:
  static constexpr std::string_view class_name = "UpSampling1D";
  struct Config {
    Index size = 2;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"size", &Config::size, "How often each step is repeated."}});
    }
  };

  /// Throws ValueError unless size is positive.
  explicit UpSampling1D(Config config);
  UpSampling1D();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 3); }
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  std::optional<Reach> reach_itself(const Shapes& input_shapes, bool training) const override;

 private:
  Config config_;
};

}  // namespace xtape
