// RepeatVector: the same vector at every step.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, t, c] = x[n, c] for n steps: x (batch, channels), y (batch, n, channels).
/// https://keras.io/api/layers/reshaping_layers/repeat_vector/
class RepeatVector final : public Layer {
 public:
  static constexpr std::string_view class_name = "RepeatVector";
  struct Config {
    Index n = -1;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(
          common_fields<Config>(), std::tuple{Field{"n", &Config::n, "The number of steps. Required."}});
    }
  };

  /// Throws ValueError for a negative n.
  explicit RepeatVector(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override { require_rank(single(input_shapes), 2); }
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
