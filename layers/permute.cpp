#include <algorithm>
#include <numeric>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/permute.hpp>

namespace xtape {

Permute::Permute(Config config)
    : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)),
      axes_{0} {
  axes_.insert(axes_.end(), config_.dims.begin(), config_.dims.end());
  std::vector<Index> all(axes_.size());
  std::iota(all.begin(), all.end(), Index{0});
  require(std::is_permutation(axes_.begin(), axes_.end(), all.begin()), class_name,
      "dims must hold each of 1, 2, ... once (received dims=", to_json_value(config_.dims).dump(), ")");
}

Json Permute::get_config() const { return layer_config(*this, config_); }

void Permute::check_input(const Shapes& input_shapes) const {
  require_rank(single(input_shapes), static_cast<Index>(axes_.size()));
}

Shape Permute::output_shape(const Shape& input_shape) const {
  check_input({input_shape});
  Shape out;
  for (const Index axis : axes_) out.push_back(input_shape[axis]);
  return out;
}

Tensor Permute::call(const Tensor& x, const CallOptions&) const { return transpose(x, axes_); }

}  // namespace xtape
