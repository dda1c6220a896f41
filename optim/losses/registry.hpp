// All losses by their Keras names.
#pragma once
#include <xtape/core/registry.hpp>
#include <xtape/optim/losses/loss.hpp>

namespace xtape {

/// Every loss class of xtape, with Keras's short names ("mse").
const Registry<AnyLoss>& loss_registry();

}  // namespace xtape
