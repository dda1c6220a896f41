// Reshape: the same elements of each sample under another shape.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// (batch, ...) -> (batch, target_shape...). One length may be -1 and is then worked out from the others:
/// Reshape({.target_shape = {-1, 2}}) makes (batch, 6, 2) of (batch, 3, 4).
/// https://keras.io/api/layers/reshaping_layers/reshape/
class Reshape final : public Layer {
 public:
  static constexpr std::string_view class_name = "Reshape";
  struct Config {
    std::vector<Index> target_shape = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"target_shape", &C::target_shape,
                  "The shape of one sample, without the batch axis; one length may be -1."},
          });
    }
  };

  /// Throws ValueError for lengths below -1 and for more than one -1.
  explicit Reshape(Config config);

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
