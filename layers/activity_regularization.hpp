// ActivityRegularization: a penalty on what passes through.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y = x; (l1 sum(|x|) + l2 sum(x^2)) / batch is added to the training loss.
///
/// TensorFlow 2.4 and Keras from 3.14 on divide by the number of samples, Keras 3.0 to 3.13 do not.
/// https://keras.io/api/layers/regularization_layers/activity_regularization/
class ActivityRegularization final : public Layer {
 public:
  static constexpr std::string_view class_name = "ActivityRegularization";
  struct Config {
    double l1 = 0;
    double l2 = 0;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(), std::tuple{
                                                    Field{"l1", &C::l1, "Factor of sum(|x|)."},
                                                    Field{"l2", &C::l2, "Factor of sum(x^2)."},
                                                });
    }
  };

  /// Throws ValueError unless both factors are finite and not negative.
  explicit ActivityRegularization(Config config);
  ActivityRegularization();

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallOptions&) const override { return x; }

 private:
  Config config_;
};

}  // namespace xtape
