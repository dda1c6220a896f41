// All optimizers by their Keras names.
#pragma once
#include <xtape/core/registry.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>

namespace xtape {

/// Every optimizer class of xtape.
const Registry<AnyOptimizer>& optimizer_registry();

}  // namespace xtape
