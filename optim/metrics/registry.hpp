// All metrics by their Keras names.
#pragma once
#include <xtape/core/registry.hpp>
#include <xtape/optim/metrics/metric.hpp>

namespace xtape {

/// Every metric class of xtape, with Keras's short names ("mae").
const Registry<AnyMetric>& metric_registry();

}  // namespace xtape
