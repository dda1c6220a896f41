// All constraints. w: the weight; the result has its shape and dtype.
#pragma once
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/layers/constraints/constraint.hpp>

namespace xtape::constraints {

/// max(w, 0). https://keras.io/api/layers/constraints/#nonneg-class
class NonNeg {
 public:
  static constexpr std::string_view class_name = "NonNeg";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit NonNeg(Config = {}) {}
  Tensor operator()(const Tensor& w) const;
  void get_config(Json& out) const;
};

}  // namespace xtape::constraints
