// What the optimizers' source files share: get_config, and new slots.
#pragma once
#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/optim/optimizers/optimizer_config.hpp>

namespace xtape {

template <class Self, class ConfigOfSelf>
Json OptimizerOf<Self, ConfigOfSelf>::get_config() const {
  Json out = config_to_json(config_);
  out["name"] = name();
  if (!config_.learning_rate.is_schedule()) out["learning_rate"] = learning_rate();
  return out;
}

/// What a rule keeps for a variable: a tensor of its shape, zeros at first unless a value is given.
inline Variable new_slot(const Variable& v, const std::string& name, double value = 0) {
  return Variable(full(v.shape(), value, v.dtype()), v.name() + "_" + name, false);
}

}  // namespace xtape
