#include <xtape/optim/losses/circle.hpp>
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/ctc.hpp>
#include <xtape/optim/losses/divergence.hpp>
#include <xtape/optim/losses/hinge.hpp>
#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/losses/regression.hpp>
#include <xtape/optim/losses/segmentation.hpp>

namespace xtape {

const Registry<AnyLoss>& loss_registry() {
  static const auto registry = [] {
    auto r = Registry<AnyLoss>::of<BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy,
        CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle,
        CosineSimilarity, CTC, Dice, Hinge, Huber, KLDivergence, LogCosh, MeanAbsoluteError,
        MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
        SparseCategoricalCrossentropy, SquaredHinge, Tversky>();
    for (const auto& [name, class_name] :
        {std::pair{"bce", "BinaryCrossentropy"}, {"BCE", "BinaryCrossentropy"}, {"kld", "KLDivergence"},
            {"KLD", "KLDivergence"}, {"kullback_leibler_divergence", "KLDivergence"}, {"logcosh", "LogCosh"},
            {"mae", "MeanAbsoluteError"}, {"MAE", "MeanAbsoluteError"},
            {"mape", "MeanAbsolutePercentageError"}, {"MAPE", "MeanAbsolutePercentageError"},
            {"mse", "MeanSquaredError"}, {"MSE", "MeanSquaredError"}, {"msle", "MeanSquaredLogarithmicError"},
            {"MSLE", "MeanSquaredLogarithmicError"}})
      r.alias(name, class_name);
    return r;
  }();
  return registry;
}

}  // namespace xtape
