#include <cmath>

#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/initializers/random.hpp>

namespace xtape::initializers {
namespace {

void check_normal(const RandomNormal::Config& config, std::string_view owner) {
  require(std::isfinite(config.mean), owner, "mean must be finite (received mean=", config.mean, ")");
  require(std::isfinite(config.stddev) && config.stddev >= 0, owner,
      "stddev must be a non-negative number (received stddev=", config.stddev, ")");
}

}  // namespace

RandomNormal::RandomNormal(Config config) : config_(config), key_(config.seed) {
  check_normal(config_, class_name);
}
Tensor RandomNormal::operator()(const Shape& shape, DType dtype) const {
  return random_normal(shape, config_.mean, config_.stddev, {.key = key_, .dtype = dtype});
}
void RandomNormal::get_config(Json& out) const { out = config_to_json(config_); }

RandomUniform::RandomUniform(Config config) : config_(config), key_(config.seed) {
  require(std::isfinite(config_.minval) && std::isfinite(config_.maxval) && config_.minval <= config_.maxval,
      class_name, "minval must not be greater than maxval, and both finite (received minval=", config_.minval,
      ", maxval=", config_.maxval, ")");
}
Tensor RandomUniform::operator()(const Shape& shape, DType dtype) const {
  return random_uniform(shape, config_.minval, config_.maxval, {.key = key_, .dtype = dtype});
}
void RandomUniform::get_config(Json& out) const { out = config_to_json(config_); }

TruncatedNormal::TruncatedNormal(Config config) : config_(config), key_(config.seed) {
  check_normal(config_, class_name);
}
Tensor TruncatedNormal::operator()(const Shape& shape, DType dtype) const {
  return truncated_normal(shape, config_.mean, config_.stddev, {.key = key_, .dtype = dtype});
}
void TruncatedNormal::get_config(Json& out) const { out = config_to_json(config_); }

}  // namespace xtape::initializers
