#include <xtape/core/errors.hpp>
#include <xtape/optim/training/compile.hpp>

namespace xtape {

void Model::compile(const CompileOptions& options) const {
  require(static_cast<bool>(options.optimizer), name(), "compile: optimizer must be given");
  *training_ = std::make_shared<Training>(
      Training{options.optimizer, options.loss, options.metrics, options.weighted_metrics, 0, false});
}

void Training::reset_metrics() const {
  for (const auto* list : {&metrics, &weighted_metrics})
    for (const AnyMetric& m : *list) m->reset_state();
}

void Training::update_metrics(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  for (const AnyMetric& m : metrics) m->update_state(y_true, y_pred);
  const Tensor weight =
      sample_weight && mask ? masked_weight(sample_weight, mask, y_pred.dtype()) : sample_weight;
  for (const AnyMetric& m : weighted_metrics) m->update_state(y_true, y_pred, weight);
}

Logs Training::logs(double loss_value) const {
  Logs out{{"loss", loss_value}};
  for (const auto* list : {&metrics, &weighted_metrics})
    for (const AnyMetric& m : *list) out.set(m->name(), m->result().item());
  return out;
}

}  // namespace xtape
