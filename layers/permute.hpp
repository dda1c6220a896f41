// Permute: the axes of each sample in another order.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// Axis k of y is axis dims[k - 1] of x; axis 0, the batch, stays. With dims = {2, 1} (batch, steps, channels) becomes
/// (batch, channels, steps). https://keras.io/api/layers/reshaping_layers/permute/
class Permute final : public Layer {
 public:
  static constexpr std::string_view class_name = "Permute";
  struct Config {
    std::vector<Index> dims = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"dims", &Config::dims, "The axes from 1 up, in their new order. Required."}});
    }
  };

  /// Throws ValueError unless dims holds each of 1, 2, ... once.
  explicit Permute(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
  std::vector<Index> axes_;  // dims with the batch before them
};

}  // namespace xtape
