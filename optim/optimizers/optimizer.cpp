#include <algorithm>
#include <cmath>
#include <map>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/updates.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/optimizers/optimizer.hpp>

namespace xtape {

struct Optimizer::State {
  OptimizerOptions options;
  LearningRate rate;
  Variable iterations, learning_rate;
  struct Kept {  // what belongs to one variable
    Variable variable;
    Slots slots;
    Variable average, accumulated;
    bool decays = true;
  };
  std::vector<Kept> kept;
  std::map<std::uint64_t, std::size_t> place_of;  // by the variable's id
  std::vector<Variable> without_decay;
  std::vector<std::string> names_without_decay;
};

namespace {

template <class F>
void in_place(const Variable& v, F f) {
  dispatch_floating(v.dtype(), "Optimizer", [&]<class T>() { f(v.mutable_data<T>(), v.shape().size()); });
}

double norm_squared(const Tensor& g) {
  return dispatch_floating(
      g.dtype(), "Optimizer", [&]<class T>() { return kernels::sum_of_squares(g.data<T>(), g.size()); });
}

Variable zeros_for(const Variable& v, const std::string& name) {
  return Variable(zeros(v.shape(), v.dtype()), v.name() + "_" + name, false);
}

void check(std::string_view owner, const OptimizerOptions& o) {
  const int clips = o.clipnorm.has_value() + o.clipvalue.has_value() + o.global_clipnorm.has_value();
  require(clips <= 1, owner,
      "only one of clipnorm, clipvalue and global_clipnorm can be set (received clipnorm=",
      o.clipnorm.value_or(NAN), ", clipvalue=", o.clipvalue.value_or(NAN),
      ", global_clipnorm=", o.global_clipnorm.value_or(NAN), ")");
  for (const auto& [name, value] :
      {std::pair{"clipnorm", o.clipnorm}, {"clipvalue", o.clipvalue}, {"global_clipnorm", o.global_clipnorm}})
    require(
        !value || *value > 0, owner, name, " must be positive (received ", name, "=", value.value_or(0), ")");
  require(!o.use_ema || (o.ema_momentum >= 0 && o.ema_momentum <= 1), owner,
      "ema_momentum must lie in [0, 1] (received ema_momentum=", o.ema_momentum, ")");
  require(!o.ema_overwrite_frequency || *o.ema_overwrite_frequency >= 1, owner,
      "ema_overwrite_frequency must be at least 1 (received ema_overwrite_frequency=",
      o.ema_overwrite_frequency.value_or(0), ")");
  require(!o.gradient_accumulation_steps || *o.gradient_accumulation_steps >= 2, owner,
      "gradient_accumulation_steps must be at least 2 (received gradient_accumulation_steps=",
      o.gradient_accumulation_steps.value_or(0), ")");
}

}  // namespace

Optimizer::Optimizer(std::string_view class_name, const OptimizerOptions& options)
    : state_(std::make_shared<State>()) {
  check(class_name, options);
  state_->options = options;
  if (state_->options.name.empty()) state_->options.name = to_snake_case(class_name);
  state_->rate = options.learning_rate;
  state_->iterations.build(full({}, 0, DType::int64), "iteration", false);
  state_->learning_rate.build(full({}, options.learning_rate.at(0), DType::float64), "learning_rate", false);
}

const OptimizerOptions& Optimizer::options() const { return state_->options; }
const std::string& Optimizer::name() const { return state_->options.name; }

std::optional<double> Optimizer::weight_decay_of(const Variable&) const { return options().weight_decay; }

void Optimizer::for_each_variable(const std::function<void(const Variable&, const Slots&)>& f) const {
  for (const State::Kept& kept : state_->kept) f(kept.variable, kept.slots);
}

std::int64_t Optimizer::iterations() const {
  const auto calls = static_cast<std::int64_t>(state_->iterations.current().item());
  return options().gradient_accumulation_steps ? calls / *options().gradient_accumulation_steps : calls;
}

double Optimizer::learning_rate() const {
  if (state_->rate.is_schedule())
    return state_->rate.at(static_cast<std::int64_t>(state_->iterations.current().item()));
  return state_->learning_rate.current().item();
}

void Optimizer::set_learning_rate(double value) const {
  if (state_->rate.is_schedule())
    throw StateError(concat(name(), ": learning_rate is a schedule and cannot be set"));
  state_->learning_rate.assign(full({}, value, DType::float64));
}

void Optimizer::exclude_from_weight_decay(
    const std::vector<Variable>& variables, const std::vector<std::string>& names) const {
  if (!state_->kept.empty())
    throw StateError(
        concat(name(), ": exclude_from_weight_decay must be called before the optimizer is built"));
  state_->without_decay = variables;
  state_->names_without_decay = names;
}

void Optimizer::build(const std::vector<Variable>& variables) const {
  for (const Variable& v : variables) {
    if (state_->place_of.contains(v.id())) continue;
    State::Kept kept{v, new_slots(v), {}, {}};
    if (options().use_ema) kept.average = zeros_for(v, "average");
    if (options().gradient_accumulation_steps) kept.accumulated = zeros_for(v, "gradient_accumulator");
    for (const Variable& excluded : state_->without_decay) kept.decays = kept.decays && !(excluded == v);
    for (const std::string& part : state_->names_without_decay)
      kept.decays = kept.decays && v.path().find(part) == std::string::npos;
    state_->place_of[v.id()] = state_->kept.size();
    state_->kept.push_back(std::move(kept));
  }
}

std::vector<Variable> Optimizer::variables() const {
  std::vector<Variable> out{state_->iterations, state_->learning_rate};
  for (const State::Kept& kept : state_->kept) {
    out.insert(out.end(), kept.slots.begin(), kept.slots.end());
    if (kept.average.is_built()) out.push_back(kept.average);
    if (kept.accumulated.is_built()) out.push_back(kept.accumulated);
  }
  return out;
}

namespace {

/// Clips in place of `gradients`: each by its own norm, all by their common norm, or each element.
void clip(std::vector<Tensor>& gradients, const OptimizerOptions& o) {
  const auto scaled = [](const Tensor& g, double factor) { return factor == 1 ? g : multiply(g, factor); };
  if (o.clipnorm) {
    for (Tensor& g : gradients)
      g = scaled(g, *o.clipnorm / std::max(std::sqrt(norm_squared(g)), *o.clipnorm));
  } else if (o.global_clipnorm) {
    double total = 0;
    for (const Tensor& g : gradients) total += norm_squared(g);
    for (Tensor& g : gradients)
      g = scaled(g, *o.global_clipnorm / std::max(std::sqrt(total), *o.global_clipnorm));
  } else if (o.clipvalue) {
    for (Tensor& g : gradients) {
      const Tensor clipped = Tensor::empty(g.shape(), g.dtype());
      dispatch_floating(g.dtype(), "Optimizer", [&]<class T>() {
        const T limit = static_cast<T>(*o.clipvalue);
        std::transform(g.data<T>(), g.data<T>() + g.size(), clipped.mutable_data<T>(),
            [=](T v) { return std::clamp(v, -limit, limit); });
      });
      g = clipped;
    }
  }
}

}  // namespace

void Optimizer::apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) const {
  require(gradients.size() == variables.size(), name(), "apply needs one gradient a variable (received ",
      gradients.size(), " gradients for ", variables.size(), " variables)");
  std::vector<Tensor> g;
  std::vector<Variable> v;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i]) continue;
    require(gradients[i].shape() == variables[i].shape(), name(), "the gradient of \"", variables[i].path(),
        "\" must have shape ", variables[i].shape(), " (received ", gradients[i].shape(), ")");
    g.push_back(cast(gradients[i], variables[i].dtype()));
    v.push_back(variables[i]);
  }
  require(!v.empty(), name(), "no variable has a gradient");
  build(v);
  if (options().loss_scale_factor)
    for (Tensor& gradient : g) gradient = divide(gradient, *options().loss_scale_factor);

  const std::int64_t calls = static_cast<std::int64_t>(state_->iterations.current().item()) + 1;
  const auto kept_for = [&](const Variable& variable) -> const State::Kept& {
    return state_->kept[state_->place_of.at(variable.id())];
  };
  bool updates = true;
  if (const auto steps = options().gradient_accumulation_steps) {
    updates = calls % *steps == 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      const Variable& sum = kept_for(v[i]).accumulated;
      if (updates) {
        g[i] = divide(add(g[i], sum.current().detached()), static_cast<double>(*steps));
        sum.assign(zeros_like(g[i]));
      } else {
        sum.assign_add(g[i]);
      }
    }
  }
  if (updates) {
    clip(g, options());
    const double rate = learning_rate();
    for (std::size_t i = 0; i < v.size(); ++i) {
      const State::Kept& kept = kept_for(v[i]);
      if (const auto decay = weight_decay_of(v[i]); decay && kept.decays)
        in_place(v[i], [&](auto* w, Index n) { kernels::scale(w, n, 1 - *decay * rate); });
      update(v[i], g[i], kept.slots, rate, iterations() + 1);
    }
  }
  if (options().use_ema) {
    const double momentum = calls == 1 ? 0 : options().ema_momentum;
    for (const Variable& variable : v) {
      const Variable& average = kept_for(variable).average;
      in_place(average, [&]<class T>(T* a, Index n) {
        kernels::moving_average(a, variable.current().data<T>(), n, momentum);
      });
      if (options().ema_overwrite_frequency && calls % *options().ema_overwrite_frequency == 0)
        variable.assign(average.current());
    }
  }
  for (const Variable& variable : v)
    if (variable.constraint()) variable.assign(variable.constraint()(variable.current().detached()));
  state_->iterations.assign(full({}, static_cast<double>(calls), DType::int64));
}

void Optimizer::finalize_variable_values(const std::vector<Variable>& variables) const {
  if (!options().use_ema) return;
  for (const Variable& v : variables)
    if (const auto place = state_->place_of.find(v.id()); place != state_->place_of.end())
      v.assign(state_->kept[place->second].average.current());
}

}  // namespace xtape
