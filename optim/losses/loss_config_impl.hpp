// get_config of the losses, for their source files.
#pragma once
#include <xtape/core/config_json.hpp>
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

template <class Self, class ConfigOfSelf>
Json LossOf<Self, ConfigOfSelf>::get_config() const {
  Json out = config_to_json(config_);
  out["name"] = name();
  return out;
}

}  // namespace xtape
