// All activations.
#pragma once
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/layers/activations/activation.hpp>

namespace xtape::activations {

/// y = x
class Linear {
 public:
  static constexpr std::string_view class_name = "Linear";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit Linear(Config = {}) {}
  Tensor operator()(const Tensor& x) const;
  void get_config(Json& out) const;
};

/// y = max(x, 0)
class Relu {
 public:
  static constexpr std::string_view class_name = "Relu";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit Relu(Config = {}) {}
  Tensor operator()(const Tensor& x) const;
  void get_config(Json& out) const;
};

}  // namespace xtape::activations
