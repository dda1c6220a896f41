#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/losses/regression.hpp>

namespace xtape {

const Registry<AnyLoss>& loss_registry() {
  static const auto registry = [] {
    auto r = Registry<AnyLoss>::of<MeanSquaredError, MeanAbsoluteError>();
    for (const char* name : {"mse", "MSE"}) r.alias(name, "MeanSquaredError");
    for (const char* name : {"mae", "MAE"}) r.alias(name, "MeanAbsoluteError");
    return r;
  }();
  return registry;
}

}  // namespace xtape
