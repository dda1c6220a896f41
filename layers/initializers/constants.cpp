#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/initializers/constants.hpp>

namespace xtape::initializers {

Tensor Zeros::operator()(const Shape& shape, DType dtype) const { return zeros(shape, dtype); }
void Zeros::get_config(Json& out) const { out = Json::object(); }

Tensor Ones::operator()(const Shape& shape, DType dtype) const { return ones(shape, dtype); }
void Ones::get_config(Json& out) const { out = Json::object(); }

Tensor Constant::operator()(const Shape& shape, DType dtype) const {
  return full(shape, config_.value, dtype);
}
void Constant::get_config(Json& out) const { out = config_to_json(config_); }

Tensor Identity::operator()(const Shape& shape, DType dtype) const {
  require(shape.rank() == 2, class_name, "shape must have 2 axes (received shape=", shape, ")");
  return eye(shape[0], shape[1], 0, dtype) * full({}, config_.gain, dtype);
}
void Identity::get_config(Json& out) const {
  out = config_.gain == Config().gain ? Json::object() : config_to_json(config_);
}

}  // namespace xtape::initializers
