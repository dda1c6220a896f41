// Normalization: features with the mean 0 and the variance 1 that they have over a whole data set.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// A number or an array of them, kept in float64: .mean = 0.5, .mean = {0.5, 0.25}, or a tensor.
class Statistic {
 public:
  /// None.
  Statistic() = default;
  Statistic(double value) : values_(Tensor::from(std::vector<double>{value}, {})) {}
  Statistic(std::initializer_list<double> values) : values_(Tensor::from(std::vector<double>(values))) {}
  Statistic(const Tensor& values);

  explicit operator bool() const { return static_cast<bool>(values_); }
  const Tensor& values() const { return values_; }

  Json to_json() const;
  /// Throws ValueError for rows of different lengths.
  static Statistic from_json(const Json& json);

 private:
  Tensor values_;
};

/// y = (x - mean) / sqrt(variance), or with invert back again: y = x * sqrt(variance) + mean. Deviations below 1e-7 are taken
/// to be 1e-7.
///
/// Mean and variance are given, or found by adapt, one for each index along `axis`; axis None (`.axis = {}`) has one for
/// everything.
///
/// x: any shape; y: the same. The weights of a layer without given numbers are mean and variance, of the lengths of the
/// axes, and count, which older Keras files hold.
/// For example adapt({{0, 7}, {2, 9}}) finds the means {1, 8}, and {{0, 7}} then gives {{-1, -1}}.
///
/// Throws ValueError for axes that are not there or have no known length.
/// https://keras.io/api/layers/preprocessing_layers/numerical/normalization/
class Normalization final : public Layer {
 public:
  static constexpr std::string_view class_name = "Normalization";
  struct Config {
    Axes axis = -1;
    Statistic mean = {};
    Statistic variance = {};
    bool invert = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"axis", &C::axis, "Where each index has its own mean and variance; None: nowhere."},
              Field{"mean", &C::mean, "The means, which broadcast to those axes; found by adapt if absent."},
              Field{"variance", &C::variance, "The variances, of the same shape as the means."},
              Field{"invert", &C::invert, "Whether to go back from normalized numbers."},
          });
    }
  };

  /// Throws ValueError unless mean and variance are both given or both absent, have one shape, and no more axes than `axis`
  /// names.
  explicit Normalization(Config config);
  Normalization();

  /// Finds the mean and the variance of the data; builds the layer if need be. Throws ValueError for data whose shape does
  /// not fit, for no data, and for a layer that was given its numbers.
  void adapt(const Tensor& data) const { adapt(Tensors{data}); }
  /// The same for data in batches.
  void adapt(const Tensors& batches) const;

  const Config& config() const { return config_; }
  /// As they are used: with one axis for each of the input. Throws StateError before the layer is built.
  Tensor mean() const;
  Tensor variance() const;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;
  void check_input(const Shapes& input_shapes) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;
  bool supports_masking() const override { return true; }

 private:
  /// The axes with their own numbers, in ascending order.
  std::vector<Index> kept_axes(Index rank) const;
  /// Given or found numbers as they are used for inputs of that shape.
  Tensor used(const Statistic& given, const Variable& found, const Shape& input_shape) const;

  Config config_;
  Variable mean_, variance_, count_;
};

}  // namespace xtape
