#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/spatial_dropout1d.hpp>

namespace xtape {

SpatialDropout1D::SpatialDropout1D(Config config)
    : RandomLayer(class_name, config), config_(std::move(config)) {
  require_rate(class_name, config_.rate);
}

Json SpatialDropout1D::get_config() const {
  Json out = layer_config(*this, config_);
  out.erase("trainable");
  out["dtype"] = std::string(xtape::name(dtype()));
  return out;
}

Tensor SpatialDropout1D::call(const Tensor& x, const CallOptions& options) const {
  return options.training ? drop(x, config_.rate, Shape{None, 1, None}, options) : x;
}

}  // namespace xtape
