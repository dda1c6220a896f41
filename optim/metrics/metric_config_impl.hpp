// get_config of the metrics, for their source files.
#pragma once
#include <xtape/core/config_json.hpp>
#include <xtape/optim/metrics/metric_config.hpp>

namespace xtape::metrics {

template <class Self, class ConfigOfSelf, class Base>
Json MetricOf<Self, ConfigOfSelf, Base>::get_config() const {
  Json out = config_to_json(config_);
  out["name"] = this->name();
  return out;
}

}  // namespace xtape::metrics
