// Orthogonal: weights that keep lengths and angles.
#pragma once
#include <cstdint>
#include <optional>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/core/random.hpp>
#include <xtape/layers/initializers/initializer.hpp>

namespace xtape::initializers {

/// gain times a random matrix with orthonormal columns (or orthonormal rows, when there are more columns than rows), drawn
/// evenly from all such matrices. A shape of more axes, (k, a, b), stands for the matrix (k a, b).
///
/// Saxe, McClelland, Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks" (2013).
/// Keras's default for recurrent kernels. Throws ValueError for a shape of less than 2 axes, TypeError for a dtype that is
/// not floating. https://keras.io/api/layers/initializers/#orthogonal-class
class Orthogonal {
 public:
  static constexpr std::string_view class_name = "Orthogonal";
  struct Config {
    double gain = 1;
    std::optional<std::int64_t> seed = {};
    static constexpr auto fields() {
      return std::tuple{
          Field{"seed", &Config::seed, "Of the stream; a new one of the global seed when absent."},
          Field{"gain", &Config::gain, "The length of each column (or row)."}};
    }
  };
  Orthogonal() : Orthogonal(Config()) {}
  explicit Orthogonal(Config config);
  Tensor operator()(const Shape& shape, DType dtype) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
  LazyRandomKey key_;
};

}  // namespace xtape::initializers
