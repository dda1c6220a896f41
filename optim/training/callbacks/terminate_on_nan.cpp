#include <cmath>
#include <iostream>

#include <xtape/optim/training/callbacks/terminate_on_nan.hpp>

namespace xtape {

void TerminateOnNaN::on_train_batch_end(const Model& model, Index batch, const Logs& logs) const {
  if (!logs.contains("loss") || std::isfinite(logs["loss"])) return;
  std::cout << "Batch " << batch << ": Invalid loss, terminating training\n";
  model.training().stop_training = true;
}

}  // namespace xtape
