// What a metric class is made of: its formula, and a few lines for its arguments.
//
//     class MeanSquaredError final : public MetricOf<MeanSquaredError> {
//      public:
//       static constexpr std::string_view class_name = "MeanSquaredError";
//       using MetricOf::MetricOf;
//       Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
//         return mean_squared_error(y_true, y_pred);
//       }
//     };
//     extern template class MetricOf<MeanSquaredError>;  // instantiated in the source file (metric_config_impl.hpp)
#pragma once
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/optim/metrics/reduction.hpp>

namespace xtape::metrics {

/// The fields of a metric's Config: the common ones, then its own.
template <class Config, class... Own>
constexpr auto metric_fields(Own... own) {
  using C = Config;
  return std::tuple{
      Field{"name", &C::name, "The metric's name; made from the class's name when empty."},
      Field{"dtype", &C::dtype, "The dtype of the result; float64 when absent."},
      own...,
  };
}

/// The Config of metrics that have no arguments of their own.
struct MetricConfig {
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() { return metric_fields<MetricConfig>(); }
};

/// The base of a metric class with its Config. Base is what it does with the values: MeanMetric takes their mean. Self says
/// its class_name and what Base asks for.
template <class Self, class ConfigOfSelf = MetricConfig, class Base = MeanMetric>
class MetricOf : public Base {
 public:
  using Config = ConfigOfSelf;
  MetricOf() : MetricOf(Config{}) {}
  explicit MetricOf(Config config)
      : Base(config.name.empty() ? to_snake_case(Self::class_name) : config.name),
        config_(std::move(config)) {}

  /// The value over all batches since the last reset.
  Tensor result() const override { return in_dtype(this->value(), config_.dtype); }
  std::string_view type_name() const override { return Self::class_name; }
  Json get_config() const override;

 protected:
  const Config& config() const { return config_; }

 private:
  Config config_;
};

}  // namespace xtape::metrics
