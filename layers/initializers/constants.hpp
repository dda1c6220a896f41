// Initializers that draw nothing: Zeros, Ones, Constant, Identity.
#pragma once
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/layers/initializers/initializer.hpp>

namespace xtape::initializers {

/// Zeros everywhere, in any dtype. https://keras.io/api/layers/initializers/#zeros-class
class Zeros {
 public:
  static constexpr std::string_view class_name = "Zeros";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit Zeros(Config = {}) {}
  Tensor operator()(const Shape& shape, DType dtype) const;
  void get_config(Json& out) const;
};

/// Ones everywhere, in any dtype. https://keras.io/api/layers/initializers/#ones-class
class Ones {
 public:
  static constexpr std::string_view class_name = "Ones";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit Ones(Config = {}) {}
  Tensor operator()(const Shape& shape, DType dtype) const;
  void get_config(Json& out) const;
};

/// One value everywhere. https://keras.io/api/layers/initializers/#constant-class
class Constant {
 public:
  static constexpr std::string_view class_name = "Constant";
  struct Config {
    double value = 0;
    static constexpr auto fields() { return std::tuple{Field{"value", &Config::value, "Of each element."}}; }
  };
  Constant() : Constant(Config()) {}
  explicit Constant(Config config) : config_(config) {}
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// gain on the main diagonal, 0 elsewhere; for matrices, square or not.
/// Throws ValueError for a shape of another rank. https://keras.io/api/layers/initializers/#identity-class
class Identity {
 public:
  static constexpr std::string_view class_name = "Identity";
  struct Config {
    double gain = 1;
    static constexpr auto fields() {
      return std::tuple{Field{"gain", &Config::gain, "The value on the diagonal."}};
    }
  };
  Identity() : Identity(Config()) {}
  explicit Identity(Config config) : config_(config) {}
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  /// Keras writes no config for Identity and so forgets the gain; here a gain that is not 1 is written.
  void get_config(Json& out) const;

 private:
  Config config_;
};

}  // namespace xtape::initializers
