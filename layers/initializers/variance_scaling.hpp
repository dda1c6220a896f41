// Initializers whose spread fits the number of inputs or outputs of a weight: VarianceScaling, and the Glorot, He and
// LeCun initializers, which are VarianceScaling with fixed arguments.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/initializers/initializer.hpp>

namespace xtape::initializers {

/// How many inputs one output of a weight sees, and how many outputs one input reaches.
struct Fans {
  Index fan_in, fan_out;
};
/// Keras's count. (): 1 and 1. (n,): n and n. (..., a, b): a and b, each times the lengths of the axes before them, the
/// receptive field. This is also taken for transposed convolutions, (steps, filters, channels), whose axis -2 is the
/// output: Keras does so too.
Fans compute_fans(const Shape& shape);

/// Values with mean 0 and variance scale / n, where n is fan_in, fan_out or their mean.
///
/// distribution "truncated_normal" (also "normal"): normal within two standard deviations, and so wide before the cut that
/// the variance is right after it; "untruncated_normal": normal; "uniform": in [-limit, limit), limit = sqrt(3 scale / n).
/// Throws ValueError unless scale > 0 and mode and distribution are known; TypeError when called for a dtype that is not
/// floating. https://keras.io/api/layers/initializers/#variancescaling-class
class VarianceScaling {
 public:
  static constexpr std::string_view class_name = "VarianceScaling";
  struct Config {
    double scale = 1;
    std::string mode = "fan_in";
    std::string distribution = "truncated_normal";
    std::optional<std::int64_t> seed = {};
    static constexpr auto fields() {
      return std::tuple{
          Field{"seed", &Config::seed, "Of the stream; a new one of the global seed when absent."},
          Field{"scale", &Config::scale, "Variance times the fan."},
          Field{"mode", &Config::mode, "Which fan: fan_in, fan_out, fan_avg."},
          Field{"distribution", &Config::distribution, "truncated_normal, untruncated_normal, uniform."}};
    }
  };
  VarianceScaling() : VarianceScaling(Config()) {}
  explicit VarianceScaling(Config config);
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
  LazyRandomKey key_;
};

/// VarianceScaling with fixed arguments, of which only the seed is left to choose.
class FixedScaling {
 public:
  struct Config {
    std::optional<std::int64_t> seed = {};
    static constexpr auto fields() {
      return std::tuple{
          Field{"seed", &Config::seed, "Of the stream; a new one of the global seed when absent."}};
    }
  };
  Tensor operator()(const Shape& shape, DType dtype) const { return scaling_(shape, dtype); }
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 protected:
  FixedScaling(Config config, double scale, const char* mode, const char* distribution)
      : config_(config), scaling_({scale, mode, distribution, config.seed}) {}

 private:
  Config config_;
  VarianceScaling scaling_;
};

/// Uniform in [-limit, limit), limit = sqrt(6 / (fan_in + fan_out)). Keras's default for kernels.
/// Glorot, Bengio: "Understanding the difficulty of training deep feedforward neural networks" (2010), equation 16.
struct GlorotUniform : FixedScaling {
  static constexpr std::string_view class_name = "GlorotUniform";
  explicit GlorotUniform(Config config = {}) : FixedScaling(config, 1, "fan_avg", "uniform") {}
};
/// Truncated normal with variance 2 / (fan_in + fan_out). Glorot, Bengio (2010).
struct GlorotNormal : FixedScaling {
  static constexpr std::string_view class_name = "GlorotNormal";
  explicit GlorotNormal(Config config = {}) : FixedScaling(config, 1, "fan_avg", "truncated_normal") {}
};
/// Uniform in [-limit, limit), limit = sqrt(6 / fan_in).
/// He, Zhang, Ren, Sun: "Delving deep into rectifiers" (2015), equation 10.
struct HeUniform : FixedScaling {
  static constexpr std::string_view class_name = "HeUniform";
  explicit HeUniform(Config config = {}) : FixedScaling(config, 2, "fan_in", "uniform") {}
};
/// Truncated normal with variance 2 / fan_in. He, Zhang, Ren, Sun (2015).
struct HeNormal : FixedScaling {
  static constexpr std::string_view class_name = "HeNormal";
  explicit HeNormal(Config config = {}) : FixedScaling(config, 2, "fan_in", "truncated_normal") {}
};
/// Uniform in [-limit, limit), limit = sqrt(3 / fan_in).
/// LeCun, Bottou, Orr, Müller: "Efficient BackProp" (1998), section 4.6.
struct LecunUniform : FixedScaling {
  static constexpr std::string_view class_name = "LecunUniform";
  explicit LecunUniform(Config config = {}) : FixedScaling(config, 1, "fan_in", "uniform") {}
};
/// Truncated normal with variance 1 / fan_in. LeCun, Bottou, Orr, Müller (1998); what selu wants.
struct LecunNormal : FixedScaling {
  static constexpr std::string_view class_name = "LecunNormal";
  explicit LecunNormal(Config config = {}) : FixedScaling(config, 1, "fan_in", "truncated_normal") {}
};

}  // namespace xtape::initializers
