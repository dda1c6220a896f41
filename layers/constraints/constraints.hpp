// All constraints. w: the weight; the result has its shape and dtype. |w| is the Euclidean length of w along `axis`: for a
// Dense kernel (inputs, units), axis 0 takes all weights of one unit together; for a convolution's (steps, channels,
// filters), {0, 1} those of one filter. Divisions by |w| add 1e-7 to it, so that vectors of zeros stay.
#pragma once
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/layers/constraints/constraint.hpp>

namespace xtape::constraints {

/// w min(|w|, max_value) / |w|: no vector is longer than max_value.
/// Srivastava et al.: "Dropout" (2014), section 5.1. https://keras.io/api/layers/constraints/#maxnorm-class
class MaxNorm {
 public:
  static constexpr std::string_view class_name = "MaxNorm";
  struct Config {
    double max_value = 2;
    Axes axis = 0;
    static constexpr auto fields() {
      return std::tuple{Field{"max_value", &Config::max_value, "The greatest length."},
          Field{"axis", &Config::axis, "The axis, or axes, that one vector runs along."}};
    }
  };
  MaxNorm() : MaxNorm(Config()) {}
  explicit MaxNorm(Config config) : config_(std::move(config)) {}
  /// Throws ValueError for an axis that w does not have, as do the other constraints.
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// w (rate clip(|w|, min_value, max_value) + (1 - rate) |w|) / |w|: lengths go from where they are towards the interval.
/// https://keras.io/api/layers/constraints/#minmaxnorm-class
class MinMaxNorm {
 public:
  static constexpr std::string_view class_name = "MinMaxNorm";
  struct Config {
    double min_value = 0, max_value = 1, rate = 1;
    Axes axis = 0;
    static constexpr auto fields() {
      return std::tuple{Field{"min_value", &Config::min_value, "The least length."},
          Field{"max_value", &Config::max_value, "The greatest length."},
          Field{"rate", &Config::rate, "How much of the way is gone: 1 for all of it."},
          Field{"axis", &Config::axis, "The axis, or axes, that one vector runs along."}};
    }
  };
  MinMaxNorm() : MinMaxNorm(Config()) {}
  explicit MinMaxNorm(Config config) : config_(std::move(config)) {}
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// max(w, 0). https://keras.io/api/layers/constraints/#nonneg-class
class NonNeg {
 public:
  static constexpr std::string_view class_name = "NonNeg";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  NonNeg() = default;
  explicit NonNeg(Config) {}
  Tensor operator()(const Tensor& w) const;
  void get_config(Json& out) const;
};

/// w / |w|: every vector has length 1. https://keras.io/api/layers/constraints/#unitnorm-class
class UnitNorm {
 public:
  static constexpr std::string_view class_name = "UnitNorm";
  struct Config {
    Axes axis = 0;
    static constexpr auto fields() {
      return std::tuple{Field{"axis", &Config::axis, "The axis, or axes, that one vector runs along."}};
    }
  };
  UnitNorm() : UnitNorm(Config()) {}
  explicit UnitNorm(Config config) : config_(std::move(config)) {}
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

}  // namespace xtape::constraints
