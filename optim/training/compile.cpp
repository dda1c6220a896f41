#include <map>

#include <xtape/core/errors.hpp>
#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/training/compile.hpp>

namespace xtape {

void Model::compile(const CompileOptions& options) const {
  require(static_cast<bool>(options.optimizer), name(), "compile: optimizer must be given");
  for (const auto* list : {&options.metrics, &options.weighted_metrics}) {
    for (const AnyMetric& m : *list)
      require(m && !m.as<metrics::ValueMetric>(), name(),
          "compile: a metric must be one of y_true and y_pred (received ", m ? m->type_name() : "None", ")");
  }
  *training_ = std::make_shared<Training>(
      Training{options.optimizer, options.loss, options.metrics, options.weighted_metrics, 0, false});
}

void Training::reset_metrics() const {
  for (const auto* list : {&metrics, &weighted_metrics})
    for (const AnyMetric& m : *list) m->reset_state();
}

void Training::update_metrics(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  for (const AnyMetric& m : metrics) m->update_state(y_true, y_pred, {}, mask);
  for (const AnyMetric& m : weighted_metrics) m->update_state(y_true, y_pred, sample_weight, mask);
}

Logs Training::logs(double loss_value) const {
  Logs out{{"loss", loss_value}};
  std::map<std::string, int> uses;
  const auto put = [&](const std::string& wanted, const Tensor& result) {
    const int before = uses[wanted]++;
    const std::string name = before == 0 ? wanted : concat(wanted, "_", before);
    const std::vector<double> values = result.to_vector();
    for (std::size_t i = 0; i < values.size(); ++i)
      out.set(result.rank() == 0 ? name : concat(name, "[", i, "]"), values[i]);
  };
  for (const AnyMetric& m : metrics) put(m->name(), m->result());
  for (const AnyMetric& m : weighted_metrics)
    put(uses.contains(m->name()) ? "weighted_" + m->name() : m->name(), m->result());
  return out;
}

}  // namespace xtape
