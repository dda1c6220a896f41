// What the optimizers' source files share: get_config, and a slot of zeros.
#pragma once
#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

/// The arguments, with the learning rate as it is now.
template <class Config>
Json optimizer_config(const Optimizer& optimizer, const Config& config) {
  Json out = config_to_json(config);
  out["name"] = optimizer.name();
  if (!config.learning_rate.is_schedule()) out["learning_rate"] = optimizer.learning_rate();
  return out;
}

/// What a rule keeps for a variable: zeros of its shape.
inline Variable zeros_slot(const Variable& v, const std::string& name) {
  return Variable(zeros(v.shape(), v.dtype()), v.name() + "_" + name, false);
}

}  // namespace xtape
