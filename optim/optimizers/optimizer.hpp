// Optimizer: turns gradients into changes of variables.
//
// One step, in Keras's order: clip the gradients, decay the weights, let the optimizer's own rule update each variable
// in one pass over its elements, follow the moving averages, apply the constraints, count the step.
// An Optimizer object is a handle: a copy is the same optimizer with the same state.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <xtape/core/any.hpp>
#include <xtape/core/config.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/variable.hpp>
#include <xtape/optim/schedules/schedule.hpp>

namespace xtape {

/// The arguments that every optimizer takes, in Keras's order; they stand at the end of each optimizer's Config.
struct OptimizerOptions {
  LearningRate learning_rate;
  std::optional<double> weight_decay, clipnorm, clipvalue, global_clipnorm;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<Index> ema_overwrite_frequency, gradient_accumulation_steps;
  std::optional<double> loss_scale_factor;
  std::string name;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step. gradients[i] belongs to variables[i]; None leaves its variable alone. Throws ValueError, and changes
  /// nothing, when the lists or the shapes disagree, or when no variable has a gradient.
  void apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) const;

  /// The number of steps done.
  std::int64_t iterations() const;
  /// The learning rate of the coming step.
  double learning_rate() const;
  /// Throws StateError when the learning rate is a schedule.
  void set_learning_rate(double value) const;

  /// Variables, or parts of their names or paths, that weight decay leaves alone. Throws StateError after the first step.
  void exclude_from_weight_decay(
      const std::vector<Variable>& variables, const std::vector<std::string>& names = {}) const;
  /// With use_ema: writes the moving averages into the variables, as at the end of a training.
  void finalize_variable_values(const std::vector<Variable>& variables) const;

  /// The state: iterations, learning rate, and what the rule keeps for each variable. For checkpoints: assigning to them
  /// continues a training where it was. Made by `build`, or at the first step.
  void build(const std::vector<Variable>& variables) const;
  std::vector<Variable> variables() const;

  const std::string& name() const;
  virtual std::string_view type_name() const = 0;
  virtual Json get_config() const = 0;

 protected:
  /// Throws ValueError for options that exclude each other or lie outside their range.
  Optimizer(std::string_view class_name, const OptimizerOptions& options);
  Optimizer(const Optimizer&) = default;

  /// What the rule keeps for one variable: made by `new_slots`, zeros of the variable's shape unless it says otherwise.
  using Slots = std::vector<Variable>;
  virtual Slots new_slots(const Variable& variable) const = 0;
  /// The rule: changes `variable` and its slots in place. `step` counts from 1.
  virtual void update(const Variable& variable, const Tensor& gradient, const Slots& slots,
      double learning_rate, std::int64_t step) const = 0;

  /// How much weight decay a variable gets, if it is not excluded: the argument, unless the optimizer says otherwise.
  virtual std::optional<double> weight_decay_of(const Variable& variable) const;

  const OptimizerOptions& options() const;
  /// Calls f(variable, slots) for every variable that the optimizer was built for.
  void for_each_variable(const std::function<void(const Variable&, const Slots&)>& f) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// An optimizer, taken by name ("adam") or as an object (Adam({.learning_rate = 1e-3})).
class AnyOptimizer : public Any<Optimizer> {
 public:
  using Any::Any;
  /// Throws ValueError for a name that is not known.
  AnyOptimizer(const char* name) : AnyOptimizer(std::string(name)) {}
  AnyOptimizer(const std::string& name);
};

}  // namespace xtape
