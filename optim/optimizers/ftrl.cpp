#include <xtape/core/kernels/adaptive_updates.hpp>
#include <xtape/optim/optimizers/ftrl.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

Ftrl::Ftrl(Config config_given) : OptimizerOf(std::move(config_given)) {
  const Config& c = config();
  require(c.learning_rate_power <= 0, class_name,
      "learning_rate_power must be at most 0 (received learning_rate_power=", c.learning_rate_power, ")");
  for (const auto& [name, value] : {std::pair{"initial_accumulator_value", c.initial_accumulator_value},
           {"l1_regularization_strength", c.l1_regularization_strength},
           {"l2_regularization_strength", c.l2_regularization_strength},
           {"l2_shrinkage_regularization_strength", c.l2_shrinkage_regularization_strength}})
    require(value >= 0, class_name, name, " must be at least 0 (received ", name, "=", value, ")");
}

Optimizer::Slots Ftrl::new_slots(const Variable& variable) const {
  return {
      new_slot(variable, "accumulator", config().initial_accumulator_value), new_slot(variable, "linear")};
}

void Ftrl::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t /*step*/) const {
  const Config& c = config();
  const kernels::FtrlRule rule{learning_rate, -c.learning_rate_power, c.l1_regularization_strength,
      c.l2_regularization_strength + c.beta / (2 * learning_rate), c.l2_shrinkage_regularization_strength};
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::ftrl(variable.mutable_data<T>(), slots[0].mutable_data<T>(), slots[1].mutable_data<T>(),
        gradient.data<T>(), gradient.size(), rule);
  });
}

template class OptimizerOf<Ftrl, FtrlConfig>;

}  // namespace xtape
