// Metrics that are weighted means over all samples seen.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/optim/metrics/metric.hpp>

namespace xtape {

/// sum(weight * value) / sum(weight) over everything that was given since the last reset.
class MeanMetric : public Metric {
 public:
  void update_state(
      const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const override;
  Tensor result() const override;
  void reset_state() const override { *sums_ = {}; }

 protected:
  explicit MeanMetric(std::string name) : Metric(std::move(name)), sums_(std::make_shared<Sums>()) {}
  /// One value for each sample (and step).
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred) const = 0;

 private:
  struct Sums {
    double total = 0, count = 0;
  };
  std::shared_ptr<Sums> sums_;
};

/// The mean of (y_true - y_pred)^2. https://keras.io/api/metrics/regression_metrics/
class MeanSquaredErrorMetric final : public MeanMetric {
 public:
  static constexpr std::string_view class_name = "MeanSquaredError";
  struct Config {
    std::string name = "mean_squared_error";
    std::optional<DType> dtype = {};
    static constexpr auto fields() {
      return std::tuple{Field{"name", &Config::name, "The metric's name."},
          Field{"dtype", &Config::dtype, "Has no effect: sums are kept in double.", false}};
    }
  };
  explicit MeanSquaredErrorMetric(Config config = {"mean_squared_error", {}}) : MeanMetric(config.name) {}
  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// The mean of |y_true - y_pred|. https://keras.io/api/metrics/regression_metrics/
class MeanAbsoluteErrorMetric final : public MeanMetric {
 public:
  static constexpr std::string_view class_name = "MeanAbsoluteError";
  struct Config {
    std::string name = "mean_absolute_error";
    std::optional<DType> dtype = {};
    static constexpr auto fields() {
      return std::tuple{Field{"name", &Config::name, "The metric's name."},
          Field{"dtype", &Config::dtype, "Has no effect: sums are kept in double.", false}};
    }
  };
  explicit MeanAbsoluteErrorMetric(Config config = {"mean_absolute_error", {}}) : MeanMetric(config.name) {}
  std::string_view type_name() const override { return class_name; }
  Json get_config() const override;

 protected:
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace xtape
