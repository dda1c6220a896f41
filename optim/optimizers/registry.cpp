#include <algorithm>
#include <cctype>

#include <xtape/optim/optimizers/adadelta.hpp>
#include <xtape/optim/optimizers/adafactor.hpp>
#include <xtape/optim/optimizers/adagrad.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/optimizers/adamax.hpp>
#include <xtape/optim/optimizers/adamw.hpp>
#include <xtape/optim/optimizers/ftrl.hpp>
#include <xtape/optim/optimizers/lamb.hpp>
#include <xtape/optim/optimizers/lion.hpp>
#include <xtape/optim/optimizers/muon.hpp>
#include <xtape/optim/optimizers/nadam.hpp>
#include <xtape/optim/optimizers/registry.hpp>
#include <xtape/optim/optimizers/rmsprop.hpp>
#include <xtape/optim/optimizers/schedule_free_adamw.hpp>
#include <xtape/optim/optimizers/sgd.hpp>

namespace xtape {

const Registry<AnyOptimizer>& optimizer_registry() {
  static const auto registry = [] {
    auto r = Registry<AnyOptimizer>::of<SGD, RMSprop, Adam, AdamW, Adadelta, Adagrad, Adamax, Nadam, Ftrl,
        Lion, Lamb, Adafactor, Muon, ScheduleFreeAdamW>();
    for (const auto& entry : r.entries()) {  // Keras takes the names in lower case
      std::string lower = entry.class_name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
          [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      r.alias(lower, entry.class_name);
    }
    return r;
  }();
  return registry;
}

AnyOptimizer::AnyOptimizer(const std::string& name)
    : AnyOptimizer(optimizer_registry().make(name, Json::object(), "optimizer")) {}

}  // namespace xtape
