// Initializers that draw from one distribution, whatever the shape: RandomNormal, RandomUniform, TruncatedNormal.
//
// As in Keras 3, one object gives the same values at each call with the same shape and dtype. With a seed they are the
// same in every program; without one each object has a stream of the global seed (set_random_seed) of its own.
#pragma once
#include <cstdint>
#include <optional>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/initializers/initializer.hpp>

namespace xtape::initializers {

/// Normal with that mean and standard deviation. Throws ValueError for a negative stddev, TypeError when called for a
/// dtype that is not floating. https://keras.io/api/layers/initializers/#randomnormal-class
class RandomNormal {
 public:
  static constexpr std::string_view class_name = "RandomNormal";
  struct Config {
    double mean = 0, stddev = 0.05;
    std::optional<std::int64_t> seed = {};
    static constexpr auto fields() {
      return std::tuple{
          Field{"seed", &Config::seed, "Of the stream; a new one of the global seed when absent."},
          Field{"mean", &Config::mean, "Mean of the values."},
          Field{"stddev", &Config::stddev, "Standard deviation of the values."}};
    }
  };
  RandomNormal() : RandomNormal(Config()) {}
  explicit RandomNormal(Config config);
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
  LazyRandomKey key_;
};

/// Uniform in [minval, maxval). Throws ValueError unless minval <= maxval, TypeError when called for a dtype that is not
/// floating. https://keras.io/api/layers/initializers/#randomuniform-class
class RandomUniform {
 public:
  static constexpr std::string_view class_name = "RandomUniform";
  struct Config {
    double minval = -0.05, maxval = 0.05;
    std::optional<std::int64_t> seed = {};
    static constexpr auto fields() {
      return std::tuple{
          Field{"seed", &Config::seed, "Of the stream; a new one of the global seed when absent."},
          Field{"minval", &Config::minval, "The least value."},
          Field{"maxval", &Config::maxval, "Above the greatest value."}};
    }
  };
  RandomUniform() : RandomUniform(Config()) {}
  explicit RandomUniform(Config config);
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
  LazyRandomKey key_;
};

/// Normal, but redrawn while it is more than two standard deviations from the mean. Its own standard deviation is then
/// 0.8796 stddev. Throws as RandomNormal does. https://keras.io/api/layers/initializers/#truncatednormal-class
class TruncatedNormal {
 public:
  static constexpr std::string_view class_name = "TruncatedNormal";
  using Config = RandomNormal::Config;
  TruncatedNormal() : TruncatedNormal(Config()) {}
  explicit TruncatedNormal(Config config);
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
  LazyRandomKey key_;
};

}  // namespace xtape::initializers
