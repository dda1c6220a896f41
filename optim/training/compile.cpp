#include <algorithm>
#include <map>

#include <xtape/core/by_name.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/training/compile.hpp>

namespace xtape {
namespace {

/// What the argument says of each output; `missing` where it says nothing.
template <class T>
std::vector<T> each(const PerOutput<T>& argument, const std::vector<std::string>& names,
    std::string_view name, const T& missing) {
  if (argument.empty()) return std::vector<T>(names.size(), missing);
  if (argument.is_one()) return std::vector<T>(names.size(), argument.list()[0]);
  if (!argument.is_named()) {
    require(argument.list().size() == names.size(), "compile", name,
        " given as a list must have as many entries as the model has outputs, ", names.size(), " (received ",
        argument.list().size(), ")");
    return argument.list();
  }
  return in_order_of(names, argument.by_name(), missing, "compile", name, "output");
}

/// A list of metrics for the only output need not be a list of lists.
std::vector<Metrics> each_metrics(
    const PerOutput<Metrics>& argument, const std::vector<std::string>& names, std::string_view name) {
  if (names.size() != 1 || argument.is_named()) return each(argument, names, name, Metrics());
  Metrics all;
  for (const Metrics& entry : argument.list()) all.insert(all.end(), entry.begin(), entry.end());
  return {all};
}

void check_metrics(const PerOutput<Metrics>& argument, std::string_view owner) {
  const auto check = [&](const Metrics& entries) {
    for (const AnyMetric& m : entries)
      require(m && !m.as<metrics::ValueMetric>(), owner,
          "compile: a metric must be one of y_true and y_pred (received ", m ? m->type_name() : "None", ")");
  };
  for (const Metrics& entries : argument.list()) check(entries);
  for (const auto& named : argument.by_name()) check(named.second);
}

/// Puts results into logs under names of their own.
class Names {
 public:
  explicit Names(Logs& logs) : logs_(logs) {}
  void put(const std::string& wanted, const Tensor& result) {
    const int before = uses_[wanted]++;
    const std::string name = before == 0 ? wanted : concat(wanted, "_", before);
    const std::vector<double> values = result.to_vector();
    for (std::size_t i = 0; i < values.size(); ++i)
      logs_.set(result.rank() == 0 ? name : concat(name, "[", i, "]"), values[i]);
  }
  bool has(const std::string& name) const { return uses_.contains(name); }

 private:
  Logs& logs_;
  std::map<std::string, int> uses_;
};

}  // namespace

void Model::compile(const CompileOptions& options) const {
  require(static_cast<bool>(options.optimizer), name(), "compile: optimizer must be given");
  check_metrics(options.metrics, name());
  check_metrics(options.weighted_metrics, name());
  const auto training = std::make_shared<Training>(options.optimizer, options);
  const std::vector<std::string> names = output_names();
  if (!names.empty()) training->build(names, names.size());
  const auto optimizer_variables =
      [optimizer = options.optimizer] {  // those of its weights come with its first step
    return optimizer->iterations() > 0 ? optimizer->variables() : std::vector<Variable>();
  };
  *compiled_ = std::make_shared<const Compiled>(Compiled{training, optimizer_variables});
}

void Training::build(std::vector<std::string> names, std::size_t count) {
  if (!outputs.empty()) return;
  for (std::size_t i = names.size(); i < count; ++i) names.push_back(concat("output_", i + 1));
  if (options.loss.is_named())
    require(options.loss.by_name().size() == count, "compile",
        "loss given by names must name every output: ", in_brackets(names));
  const auto losses = each(options.loss, names, "loss", AnyLoss());
  const auto weights = each(options.loss_weights, names, "loss_weights", 1.0);
  const auto plain = each_metrics(options.metrics, names, "metrics");
  const auto weighted = each_metrics(options.weighted_metrics, names, "weighted_metrics");
  for (std::size_t i = 0; i < count; ++i)
    outputs.push_back({count > 1 ? names[i] : "", losses[i], weights[i], plain[i], weighted[i]});
}

bool Training::has_metrics() const {
  return std::any_of(outputs.begin(), outputs.end(),
      [](const Output& o) { return !o.metrics.empty() || !o.weighted_metrics.empty(); });
}

void Training::reset_metrics() {
  told_.clear();
  for (const Output& output : outputs)
    for (const auto* list : {&output.metrics, &output.weighted_metrics})
      for (const AnyMetric& m : *list) m->reset_state();
}

void Training::update_metrics(
    const Tensors& y_true, const Tensors& y_pred, const Tensors& sample_weights, const Tensors& masks) const {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const AnyMetric& m : outputs[i].metrics) m->update_state(y_true[i], y_pred[i], {}, masks[i]);
    for (const AnyMetric& m : outputs[i].weighted_metrics)
      m->update_state(y_true[i], y_pred[i], sample_weights[i], masks[i]);
  }
}

void Training::tell(const std::string& name, double value, Index samples) {
  auto found = std::find_if(told_.begin(), told_.end(), [&](const Told& told) { return told.name == name; });
  if (found == told_.end()) found = told_.insert(told_.end(), {name});
  found->sum += value * static_cast<double>(samples);
  found->samples += static_cast<double>(samples);
}

Logs Training::logs(const BatchLoss& loss) const {
  Logs out{{"loss", loss.total}};
  Names names(out);
  const auto prefix = [](const Output& output) { return output.name.empty() ? "" : output.name + "_"; };
  for (const Output& output : outputs)
    for (const AnyMetric& m : output.metrics) names.put(prefix(output) + m->name(), m->result());
  for (const Output& output : outputs)
    for (const AnyMetric& m : output.weighted_metrics) {
      const bool is_taken = names.has(prefix(output) + m->name());
      names.put(prefix(output) + (is_taken ? "weighted_" : "") + m->name(), m->result());
    }
  for (const Told& told : told_) out.set(told.name, told.sum / told.samples);
  const auto with_loss =
      std::count_if(outputs.begin(), outputs.end(), [](const Output& o) { return bool(o.loss); });
  for (std::size_t i = 0; i < outputs.size() && with_loss > 1; ++i)
    if (outputs[i].loss) out.set(prefix(outputs[i]) + "loss", loss.of_outputs[i]);
  return out;
}

}  // namespace xtape
