// What training is made of: losses, metrics, optimizers, schedules, and training itself.
#include "builders.hpp"
#include "checks.hpp"

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/metrics/registry.hpp>
#include <xtape/optim/optimizers/registry.hpp>
#include <xtape/optim/schedules/schedule.hpp>
#include <xtape/optim/training/compile.hpp>

namespace xtape::conformance {

void check_loss(const Case& c) {
  const AnyLoss loss = build_from(loss_registry(), c.at("loss"), "loss");
  const Tensor y_true = c.tensor("y_true"), y_pred = c.tensor("y_pred");
  const Tensor sample_weight = c.has("sample_weight") ? c.tensor("sample_weight") : Tensor();
  GradientTape tape;
  tape.watch(y_pred);
  const Tensor value = (*loss)(y_true, y_pred, sample_weight);
  c.expect_close("value", value, c.at("value"));
  const Tensor cotangent = c.has("cotangent") ? c.tensor("cotangent") : ones(value.shape(), value.dtype());
  const Tensor gradient = tape.gradient(
      value, y_pred, {.output_gradients = {cotangent}, .unconnected_gradients = UnconnectedGradients::zero});
  c.expect_close("grad_y_pred", gradient, c.at("grad_y_pred"));
}

void check_metric(const Case& c) {
  const AnyMetric metric = build_from(metric_registry(), c.at("metric"), "metric");
  for (const Json& update : c.at("updates")) {
    const auto tensor = [&](const char* field) {
      return update.contains(field) ? c.to_tensor(update[field]) : Tensor();
    };
    if (update.contains("values"))
      metric->update_state(tensor("values"), tensor("sample_weight"));
    else
      metric->update_state(tensor("y_true"), tensor("y_pred"), tensor("sample_weight"));
    c.expect_close("result", metric->result(), update.at("result"));
  }
  if (!c.has("result_after_reset")) return;
  metric->reset_state();
  c.expect_close("result_after_reset", metric->result(), c.at("result_after_reset"));
}

AnyOptimizer build_optimizer(const Json& json) {
  if (json.is_object() && json.contains("config") && json["config"].contains("learning_rate")) {
    const Json& rate = json["config"]["learning_rate"];
    if (rate.is_object()) build_from(registry<LearningRateSchedule>(), rate, "schedule");
  }
  return build_from(optimizer_registry(), json, "optimizer");
}

void check_optimizer(const Case& c) {
  const AnyOptimizer optimizer = build_optimizer(c.at("optimizer"));
  std::vector<Variable> variables;
  for (const Tensor& value : c.tensors("variables"))
    variables.emplace_back(value, concat("variable_", variables.size()));
  const auto values = [&] {
    std::vector<Tensor> out;
    for (const Variable& v : variables) out.push_back(v.current());
    return out;
  };
  const Json& gradients = c.at("gradients");
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    optimizer->apply(c.to_tensors(gradients[step]), variables);
    c.expect_close(concat("step ", step, " variable"), values(), c.at("expected").at(step));
  }
  if (!c.has("after_finalize")) return;
  optimizer->finalize_variable_values(variables);
  c.expect_close("after_finalize variable", values(), c.at("after_finalize"));
}

void check_schedule(const Case& c) {
  const LearningRateSchedule schedule =
      build_from(registry<LearningRateSchedule>(), c.at("schedule"), "schedule");
  const Json &steps = c.at("steps"), &expected = c.at("learning_rates");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto step = steps[i].get<std::int64_t>();
    c.expect_close(concat("step ", step), schedule(step), expected.at(i).get<double>());
  }
}

namespace {

Sequential build_sequential(const Json& json, const Shape& input_shape) {
  const std::string class_name = json.at("class_name").get<std::string>();
  if (class_name != Sequential::class_name) throw NotBuilt{class_name};
  std::vector<AnyLayer> layers;
  for (const Json& layer : json.at("layers")) layers.push_back(build_layer(layer));
  Sequential model(layers);
  model.build(input_shape);
  return model;
}

}  // namespace

void check_training(const Case& c) {
  const AnyLoss loss = build_from(loss_registry(), c.at("loss"), "loss");
  const AnyOptimizer optimizer = build_optimizer(c.at("optimizer"));
  const Sequential model = build_sequential(c.at("model"), to_shape(c.at("input_shape")));
  model.compile({.optimizer = optimizer, .loss = loss});
  const Json &names = c.at("weight_names"), &initial = c.at("initial_weights");
  expect(names.size() == initial.size(), "weight_names: expected ", initial.size(), ", got ", names.size());
  model.set_weights(c.to_tensors(initial));

  const Json& predict = c.at("predict");
  c.expect_close("y_before", model(c.to_tensor(predict.at("x"))), predict.at("y_before"));
  const Json& batches = c.at("batches");
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const auto tensor = [&](const char* field) {
      return batches[i].contains(field) ? c.to_tensor(batches[i][field]) : Tensor();
    };
    const Logs logs = model.train_on_batch(tensor("x"), tensor("y"), tensor("sample_weight"));
    c.expect_close(concat("loss of batch ", i), logs["loss"], c.at("losses").at(i).get<double>());
    c.expect_close(
        concat("after batch ", i, " weight"), model.get_weights(), c.at("weights_after_each_step").at(i));
  }
  c.expect_close("y_after", model(c.to_tensor(predict.at("x"))), predict.at("y_after"));
}

}  // namespace xtape::conformance
